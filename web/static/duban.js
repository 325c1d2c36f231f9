"use strict";
(function () {
  // Everything here is a comfort: without it the pages work by plain forms and reloading.
  var body = document.body;

  function changedForm() {
    return Array.prototype.some.call(document.querySelectorAll("main form[method=post]"), function (form) {
      return Array.prototype.some.call(form.elements, function (one) {
        if (one.type === "checkbox" || one.type === "radio") { return one.checked !== one.defaultChecked; }
        return one.tagName === "TEXTAREA" && one.value !== one.defaultValue;
      });
    });
  }

  function redraw() {
    fetch(location.href, { credentials: "same-origin" }).then(function (answer) {
      return answer.ok && !answer.redirected ? answer.text() : null;
    }).then(function (text) {
      if (text === null) { return; }
      var fresh = new DOMParser().parseFromString(text, "text/html");
      document.querySelectorAll("[data-region]").forEach(function (region) {
        var next = fresh.getElementById(region.id);
        if (next && next.innerHTML !== region.innerHTML) { region.innerHTML = next.innerHTML; }
      });
      var was = document.querySelector(".panel"), now = fresh.querySelector(".panel");
      if (changedForm()) { tell(); } else if (was && now) { was.innerHTML = now.innerHTML; } else if (was || now) { tell(); }
    }).catch(function () {});
  }

  function tell() {
    if (document.querySelector(".changed")) { return; }
    var note = document.createElement("p");
    note.className = "changed";
    note.setAttribute("role", "status");
    note.textContent = "本事项刚刚有变化，可以办理的操作可能不同；您填写的内容仍在。";
    document.querySelector("main").appendChild(note);
  }

  if (body.dataset.live && window.EventSource) {
    var source = new EventSource(body.dataset.live);
    source.addEventListener("changed", redraw);
    source.addEventListener("over", function () { source.close(); });
    window.addEventListener("pagehide", function () { source.close(); });
  }

  // What is being written is kept in this browser until it is sent.
  document.querySelectorAll("form[data-keep]").forEach(function (form) {
    var name = "duban " + form.dataset.keep;
    var fields = Array.prototype.filter.call(form.elements, function (one) {
      return one.name && (one.tagName === "TEXTAREA" || one.type === "text" || one.type === "date") && one.type !== "hidden";
    });
    try {
      var kept = JSON.parse(sessionStorage.getItem(name) || "null");
      if (kept) {
        fields.forEach(function (one) {
          if (kept[one.name] !== undefined && one.value === one.defaultValue) { one.value = kept[one.name]; }
        });
      }
      form.addEventListener("input", function () {
        var said = {};
        fields.forEach(function (one) { said[one.name] = one.value; });
        sessionStorage.setItem(name, JSON.stringify(said));
      });
      form.addEventListener("submit", function () { sessionStorage.removeItem(name); });
    } catch (error) { /* A browser that keeps nothing. */ }
  });

  // Of the form to register, only what concerns the kind that is chosen.
  var kind = document.querySelector("form.register #f-kind");
  if (kind) {
    var show = function () {
      document.querySelectorAll("[data-only]").forEach(function (one) {
        one.hidden = one.dataset.only !== kind.value;
      });
    };
    kind.addEventListener("change", show);
    show();
  }

  // What takes long goes on by itself.
  var goesOn = document.querySelector("form[data-goes-on]");
  if (goesOn) { goesOn.submit(); }

  // One press is enough.
  document.querySelectorAll("form[method=post]").forEach(function (form) {
    form.addEventListener("submit", function () {
      setTimeout(function () {
        form.querySelectorAll("button").forEach(function (one) { one.disabled = true; });
      }, 0);
    });
  });

  var first = document.getElementById("wrong") || document.getElementById("done") || document.getElementById("dates");
  if (first) { first.focus(); }
})();

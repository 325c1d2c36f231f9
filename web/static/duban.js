"use strict";
(function () {
  // Everything here is a comfort: without it the pages work by plain forms and reloading.
  var body = document.body;

  function changed(one) {
    switch (one.type) {
      case "hidden": case "submit": case "button": case "fieldset": return false;
      case "checkbox": case "radio": return one.checked !== one.defaultChecked;
      case "file": return one.files.length > 0;
      case "select-one":
        var usual = Array.prototype.findIndex.call(one.options, function (option) { return option.defaultSelected; });
        return one.selectedIndex !== Math.max(usual, 0);
      default: return one.value !== one.defaultValue;
    }
  }

  function changedForm() {
    return Array.prototype.some.call(document.querySelectorAll("main form[method=post]"), function (form) {
      return Array.prototype.some.call(form.elements, changed);
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
      if (changedForm()) { tell(); } else if (was && now) { was.innerHTML = now.innerHTML; restore(); } else if (was || now) { tell(); }
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

  // What is being written is kept in this browser, for whoever writes it, until it has got through.
  var SENT = "duban sent";

  function draftOf(form) { return "duban " + (body.dataset.user || "") + " " + form.dataset.keep; }

  function textsOf(form) {
    return Array.prototype.filter.call(form.elements, function (one) {
      return one.name && (one.tagName === "TEXTAREA" || one.type === "text" || one.type === "date");
    });
  }

  function restore() {
    document.querySelectorAll("form[data-keep]").forEach(function (form) {
      var kept = JSON.parse(sessionStorage.getItem(draftOf(form)) || "null");
      textsOf(form).forEach(function (one) {
        if (kept && kept[one.name] !== undefined && one.value === one.defaultValue) { one.value = kept[one.name]; }
      });
    });
  }

  function forget(wanted) {
    Object.keys(sessionStorage).filter(wanted).forEach(function (name) { sessionStorage.removeItem(name); });
  }

  try {
    // Who has to sign in first sends it after that; what was refused is still wanted.
    if (body.dataset.outcome !== "pending") {
      var sent = sessionStorage.getItem(SENT);
      var through = body.dataset.outcome !== "failed" && !document.getElementById("wrong");
      forget(function (name) { return name === SENT || (through && name === sent); });
    }
    restore();
    document.addEventListener("input", function (event) {
      var form = event.target.form;
      if (!form || !form.dataset.keep) { return; }
      var said = {};
      textsOf(form).forEach(function (one) { said[one.name] = one.value; });
      sessionStorage.setItem(draftOf(form), JSON.stringify(said));
    });
    document.addEventListener("submit", function (event) {
      if (event.target.dataset.keep) { sessionStorage.setItem(SENT, draftOf(event.target)); }
      if (event.target.getAttribute("action") === "/sign-out") {
        forget(function (name) { return name.indexOf("duban ") === 0; });
      }
    });
  } catch (error) { /* A browser that keeps nothing. */ }

  // Of the form to register, only what concerns the kind that is chosen.
  var kind = document.querySelector("form.register #f-kind");
  if (kind) {
    var show = function () {
      document.querySelectorAll("[data-only]").forEach(function (one) {
        one.hidden = one.dataset.only !== kind.value;
        one.querySelectorAll("input, select, textarea").forEach(function (field) {
          field.disabled = one.hidden;
        });
      });
    };
    kind.addEventListener("change", show);
    show();
  }

  // What takes long goes on by itself.
  var goesOn = document.querySelector("form[data-goes-on]");
  if (goesOn) { goesOn.submit(); }

  // One press is enough.
  document.addEventListener("submit", function (event) {
    if (event.target.method !== "post") { return; }
    setTimeout(function () {
      event.target.querySelectorAll("button").forEach(function (one) { one.disabled = true; });
    }, 0);
  });

  // On a phone the menu is one row: the page's own entry is in sight.
  var here = document.querySelector("nav [aria-current]");
  if (here && here.closest("ul").scrollWidth > here.closest("ul").clientWidth) {
    here.closest("ul").scrollLeft = here.parentNode.offsetLeft - 60;
  }

  var first = document.getElementById("wrong") || document.getElementById("done") || document.getElementById("dates");
  if (first) { first.focus(); }
})();

# 督办。只需要 Python 3.11 及以上（带 venv）；其余都装进 .venv。
#   make demo   演示三件事项的全过程      make run   在本机启动整套系统（./var）
#   make test   CI 所做的全部检查         make check 快速检查        make bench 性能测量

PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install demo run check lint test bench browser

help:
	@sed -n '2,3s/^# *//p' Makefile

install: .venv/.installed

demo: .venv/.installed
	@exec $(BIN)/duban demo $(ARGS)

run: .venv/.installed
	@exec $(BIN)/duban up $(ARGS)

lint: .venv/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/pytest -q $(wildcard tests/domain tests/ledger tests/documents tests/replay tests/architecture) $(ARGS)

test: lint browser
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder --reruns 1 --only-rerun 'Timeout \(>' $(ARGS)

bench: .venv/.installed-dev
	@exec $(BIN)/python -m bench $(ARGS)

.venv/.made:
	@test -n "$(PYTHON)" || { echo '需要 Python 3.11 或更高版本（带 venv 和 pip）。请先安装后重试。' >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.installed: .venv/.made requirements.txt pyproject.toml
	@echo '正在安装运行所需的软件包……'
	@$(PIP) install -r requirements.txt
	@$(PIP) install --no-deps -e .
	@$(BIN)/python -m compileall -qq -x '/(\.venv|var)/' .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	@echo '正在安装检查和测试所需的软件包……'
	@$(PIP) install -r requirements-dev.txt
	@touch $@

# 浏览器测试用已装的 Chromium、Chrome 或 Edge；都没有的，能装则装 Debian 的 chromium，否则到此为止。
browser: .venv/.installed-dev
	@$(BIN)/python -m tests.browser

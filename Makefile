# Two commands are all there is to know: `make start` and `make test`.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
# A file's tests in one process; in the order of their names, the long ones are not last.
PARALLEL ?= --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
ARGS ?=

# Environments beside the learner's, each with its lock in tests/environments.
OTHERS := sdk-v2 studio newest
COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --quiet --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help start deep test check build bench lock clean
help:
	@echo "make start   set up, start the local cloud, open JupyterLab on the labs"
	@echo "make test    set up, check, run all tests"
	@echo "make deep    add PyTorch, for DeepAR, BlazingText and Image Classification"
	@echo "make check   format, lint and types    make build   notebooks from solutions/"
	@echo "make bench   the benchmark table       make lock    renew the lock files"

start: $(VENV)/.base
	@$(BIN)/mlslab start $(ARGS)

# What the deep algorithms stand on: PyTorch, and libraries on it.
deep: $(VENV)/.deep

test: check
	@$(MAKE) --no-print-directory --jobs 2 $(VENV)/.deep $(OTHERS:%=.venv-%/.ready)
	$(BIN)/pytest $(PARALLEL) $(PYTEST_ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mlslab lint

build: $(VENV)/.dev
	$(BIN)/mlslab build

bench: $(VENV)/.dev .venv-graders/.ready
	$(BIN)/python -m benchmarks

lock: $(VENV)/.uv
	echo uv | $(COMPILE) - --no-config --output-file requirements-uv.lock
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra dev --constraints requirements.lock \
	  --output-file requirements-dev.lock
	$(COMPILE) pyproject.toml --extra deep --constraints requirements-dev.lock \
	  --output-file requirements-deep.lock
	$(COMPILE) tests/environments/sdk-v2.in --no-config \
	  --output-file tests/environments/sdk-v2.lock
	$(COMPILE) benchmarks/environments/graders.in --no-config \
	  --output-file benchmarks/environments/graders.lock
	for name in studio newest; do $(COMPILE) pyproject.toml --no-config \
	  --constraints tests/environments/$$name.in \
	  --output-file tests/environments/$$name.lock || exit 1; done

clean:
	rm -rf $(VENV) $(OTHERS:%=.venv-%) .venv-graders .cache build dist

# The environments: one folder, what the labs need first, what the tests need on top.
# uv installs several times faster than pip. It reads no pip.conf: where it finds no
# packages for that, pip installs them. $(call install,ENVIRONMENT,WHAT)
install = $(BIN)/uv pip install --quiet --no-config --compile-bytecode --no-deps \
  --python $(1)/bin/python $(2) || $(1)/bin/python -m pip install --quiet --no-deps $(2)

$(VENV)/.uv: requirements-uv.lock
	@echo "Setting up $(VENV): this takes a minute or two."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r $<
	@touch $@

$(VENV)/.base: requirements.lock pyproject.toml | $(VENV)/.uv
	@$(call install,$(VENV),--require-hashes -r $<)
	@$(call install,$(VENV),--editable .)
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.base
	@echo "Adding what the tests need."
	@$(call install,$(VENV),--require-hashes -r $<)
	@touch $@

# PyTorch by its version alone: its builds for CPU and CUDA have other hashes.
$(VENV)/.deep: requirements-deep.lock $(VENV)/.base
	@echo "Adding PyTorch, and what stands on it."
	@$(BIN)/python -m pip install --quiet torch==2.13.0
	@$(call install,$(VENV),--require-hashes -r $<)
	@touch $@

# Learners get no tests, and not what tests need.
requirements-dev.lock:
	@echo "This folder has the labs and no tests: make start opens them." >&2; false

.venv-%/.ready: tests/environments/%.lock | $(VENV)/.uv
	@echo "Setting up .venv-$*."
	@$(PYTHON) -m venv .venv-$*
	@$(call install,.venv-$*,--require-hashes -r $<)
	@[ $* = sdk-v2 ] || { $(call install,.venv-$*,--editable .); }
	@touch $@

# One after the other: both write the package's metadata beside its source.
.venv-newest/.ready: | .venv-studio/.ready

# The graders that `make bench` compares with; no test needs them.
.venv-graders/.ready: benchmarks/environments/graders.lock | $(VENV)/.uv
	@echo "Setting up .venv-graders."
	@$(PYTHON) -m venv .venv-graders
	@$(call install,.venv-graders,--require-hashes -r $<)
	@touch $@

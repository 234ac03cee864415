# Every target makes .venv and installs what it needs; nothing outside this folder is touched, but by test-learn.
PY := .venv/bin/python
RUNS_OURS := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
GROUPS :=

.PHONY: help demo test test-learn test-long lint stubs docs bench bench-learn clean

help:
	@echo "make demo       a batch over sample_images/: results, a table, a contact sheet in demo/"
	@echo "make test       lint, types and every test, as in CI; make test-long draws 500 examples a law"
	@echo "make test-learn tests of masks in training; PyTorch goes into the user's cache folder, once"
	@echo "make lint       ruff and mypy alone"
	@echo "make stubs      rewrite what is generated from the registry"
	@echo "make docs       the documentation, in docs/_build/html"
	@echo "make bench      benchmarks/RESULTS.md; some rows: make bench GROUPS='2 3a'; make bench-learn"

demo: .venv/all.stamp
	$(PY) -m tools.demo

test: lint
	$(PY) -m pytest -n 2

test-learn: .venv/test.stamp
	$(PY) -m tools.with_torch pytest -q -p no:cacheprovider tests/learn roimask/learn

test-long: lint
	ROIMASK_EXAMPLES=long $(PY) -m pytest -n 2

lint: .venv/test.stamp
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy

stubs: .venv/test.stamp
	$(PY) -m tools.generate
	$(PY) -m tools.pages
	$(PY) -m tests.laws.honours

docs: .venv/docs.stamp
	$(PY) -m tools.gallery
	$(PY) -m sphinx -W --keep-going -q docs docs/_build/html
	@echo docs/_build/html/index.html

bench: .venv/test.stamp .venv/bench.stamp
	$(PY) -m benchmarks $(GROUPS)

bench-learn: .venv/test.stamp
	$(PY) -m tools.with_torch benchmarks 16

clean:
	rm -rf .venv build demo docs/_build docs/gallery *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp an extra: pip runs again when pyproject.toml changes.
.venv/%.stamp: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[all,$*]'
	@touch $@

$(PY):
	@for python in python3.14 python3.13 python3.12 python3.11 python3 python; do \
		if $$python -c '$(RUNS_OURS)' 2>/dev/null; then exec $$python -m venv .venv; fi; \
	done; \
	echo "make: roimask needs Python 3.11 or newer with its venv module (on Debian: apt install python3-venv)" >&2; exit 1

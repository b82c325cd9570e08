# Each target works by itself on a fresh machine with python3 (>= 3.11) and make.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.complete

.PHONY: demo test lint types contracts check bench lock clean

demo: $(STAMP)  ## examine a story of sample_evidence, leave demo/report.pdf and demo/report.html
	mkdir -p demo
	$(BIN)/forensics examine sample_evidence/resolver_only/evidence --sheet sample_evidence/resolver_only/sheet.yml \
		--json demo/result.json --html demo/report.html --pdf demo/report.pdf
	@echo "demo/report.pdf, demo/report.html and demo/result.json are written."

test: lint types contracts $(STAMP)  ## everything that CI runs
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/forensics rules lint

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

bench: $(STAMP)  ## ours and the peers, in the same run
	$(BIN)/python benchmarks/run.py

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

clean:
	rm -rf .venv demo dist build

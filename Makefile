# Bare `make` lists what there is. Set-up and progress go to stderr: stdout holds only what the program prints.
python := .venv/bin/python
.PHONY: help setup demo test faults soak bench lint mutants
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: # every target below makes or renews the one .venv first
	@PYTHON="$(PYTHON)" infra/setup

demo: setup ## practise on examples/ and show it; DEMO="--exit --json" prints one JSON line and stops
	@$(python) -m opportune demo $(DEMO)

test: setup ## the whole suite; TEST="tests/rules -k monday" runs a part
	@infra/packages
	@$(python) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TEST)

faults: setup ## what happens when things break, one table; build/faults.json; FAULTS="worlds" runs some
	@infra/packages
	@$(python) tests/faults/run.py $(FAULTS)

soak: setup ## for days, resumable: ten million contact-days against the second reader, then the fault table; TEST="-k 3-0", FAULTS="worlds"
	@OPPORTUNE_SOAK=1 $(python) -m pytest -n 2 $(TEST) tests/rules/test_windows_oracle.py
	@$(python) tests/faults/run.py --soak $(FAULTS)

bench: setup ## how fast, beside floors and peers of the same run; build/bench.json; ONLY="planning why" runs some
	@$(python) -m bench $(ONLY)

lint: setup ## style, types, import directions, models against migrations
	@$(python) -m ruff check --quiet
	@$(python) -m ruff format --quiet --check
	@$(python) -m mypy --no-error-summary
	@.venv/bin/lint-imports --no-cache
	@$(python) tests/house/migrations_match.py

mutants: setup ## do the tests of the rules notice planted changes? About 40 minutes; build/mutants.json
	@$(python) tests/house/mutants.py

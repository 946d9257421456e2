# The commands that people type; each runs in .venv, which the first one makes. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help quick test lint format flags demo

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

quick: ## the quick tests, under two minutes: before each commit
	./run.sh --local bash tests/run.sh --quick

test: ## the whole suite
	./run.sh --local bash tests/run.sh

lint: ## ruff, mypy, shellcheck, hadolint and codespell, as before a commit
	./run.sh --local pre-commit run --all-files

format: ## format the Python files
	./run.sh --local ruff format .

flags: ## write the flags of train.py, and docs/flags.md, from what components declare
	./run.sh --local bash -c 'python -m mojika.experiment.flag_reference > docs/flags.md'

demo: ## the whole reproduction in small, from generated pages to a scored submission
	./run.sh --local bash scripts/demo.sh

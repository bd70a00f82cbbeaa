.DEFAULT_GOAL := help
.PHONY: help run test check lint format translations pictures bench bench-register try-install lock clean

VENV := .venv/bin
COMPILE := $(VENV)/uv pip compile --quiet --no-header --no-emit-index-url --no-emit-find-links \
	--generate-hashes --python-version 3.11 $(UPGRADE)

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: ## Set up, then run the demonstration office on http://127.0.0.1:5000 (LIMAN_PORT=n: another port)
	@python3 .ci/setup.py run
	@$(VENV)/python .ci/demo.py

test: ## Set up, then run every check: lint, types, import contracts, unit, web, contract, browser
	@python3 .ci/setup.py test
	@$(VENV)/python -m pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder

check: ## Lint, types, import contracts, and the tests that the changed files touch
	@python3 .ci/setup.py test
	@$(VENV)/python .ci/check.py

lint: ## Lint, types, import contracts, house figures only
	@python3 .ci/setup.py test
	@$(VENV)/python -m pytest tests/test_house.py

format: ## Format the code and sort its imports
	@python3 .ci/setup.py test
	@$(VENV)/ruff check --quiet --fix-only
	@$(VENV)/ruff format

translations: ## Gather every sentence of the pages into translations/ and print what is not translated
	@python3 .ci/setup.py run
	@$(VENV)/python -m issuance.web.frame.catalogues

pictures: ## Take the pictures of the manuals and of docs/tour.md anew from a demonstration office
	@python3 .ci/setup.py test
	@PICTURES=keep $(VENV)/python -m pytest --quiet tests/e2e/test_pictures.py

bench: ## Measure the composer against six other PDF engines, chips behind pcscd, and write docs/benchmarks.md
	@python3 .ci/setup.py test
	@$(VENV)/python -m tests.bench
	@$(VENV)/python -m tests.bench.from_register
	@$(VENV)/python -m tests.bench.status_timing 10000

bench-register: ## Fill small and full registers on SQLite and PostgreSQL, measure the real server and time the statistics
	@python3 .ci/setup.py test
	@$(VENV)/python -m tests.bench.both
	@$(VENV)/python -m tests.bench.breaches
	@$(VENV)/python -m tests.bench.before

try-install: ## Walk docs/install.md in an empty Debian of its own (root; takes five to ten minutes)
	@python3 .ci/setup.py test
	@command -v debootstrap > /dev/null || apt-get install --yes --no-install-recommends debootstrap
	@$(VENV)/python -m tests.install.walk

lock: ## Lock the dependencies of requirements*.in by hash (UPGRADE=--upgrade: take newer ones)
	@python3 .ci/setup.py run
	@$(COMPILE) requirements.in --output-file requirements.txt
	@$(COMPILE) requirements-dev.in --constraint requirements.txt --output-file requirements-dev.txt
	@$(COMPILE) requirements-pcsc.in --output-file requirements-pcsc.txt
	@$(COMPILE) requirements-photo.in --output-file requirements-photo.txt
	@$(COMPILE) --no-deps requirements-photo-mesh.in --output-file requirements-photo-mesh.txt
	@$(COMPILE) --no-deps requirements-photo-test.in --output-file requirements-photo-test.txt
	@$(COMPILE) --no-deps requirements-scp03-test.in --output-file requirements-scp03-test.txt
	@$(COMPILE) requirements-bench.in --output-file requirements-bench.txt
	@$(COMPILE) requirements-setup.in --output-file requirements-setup.txt

clean: ## Remove what the tools made; the office's data in var/ stays
	@rm -rf .venv .venv-bench voices .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

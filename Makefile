# Every target sets up what it needs by itself. `make ask Q="who met Kerry?"` is the first one to try.

PYTHON ?= python3
BENCH ?= ../shared/bench
venv := .venv/bin

# The question travels through the environment, unexpanded: quotes and $ in it arrive as they were typed.
override Q := $(value Q)
export Q

.PHONY: ask chat index bot test torture contract cases lint bench words pictures milvus-lite milvus-server help

help:
	@echo 'make ask Q="who met Kerry?"   answer one question (sets everything up the first time)'
	@echo 'make chat                     answer questions at a prompt'
	@echo 'make index                    take in new and changed articles from corpus/articles'
	@echo 'make bot                      run the Telegram bot (TELEGRAM_BOT_TOKEN must be set)'
	@echo 'make test / lint / bench      run the tests, the checkers, the benchmarks'
	@echo 'make words                    gather what the bot says, for its translations in bot/i18n/locale'
	@echo 'make pictures                 draw the README'"'"'s pictures of the chat (Chromium must be installed)'
	@echo 'make milvus-lite              run a small Milvus at 127.0.0.1:19530, to try an archive on a server'
	@echo 'make milvus-server            run a whole Milvus there (2.3.5, from PyPI; its data stays in data/)'
	@echo 'make contract                 hold every kind of archive to the one contract; prints a table'
	@echo 'make cases                    read files as people hand them in, kind by kind; prints a table'
	@echo 'make torture                  kill, starve and trace the archive and the bot, hundreds of times (minutes)'

ask: data/archive.db
	@$(venv)/python -m retrieval ask -- "$$Q" || test $$? -eq 1

chat: data/archive.db
	@$(venv)/python -m retrieval chat

index: .venv/run
	@$(venv)/python -m retrieval index

bot: data/archive.db
	@$(venv)/python -m bot

test: .venv/dev
	$(venv)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# Each file in a process of its own: most of them fork, and who has used gRPC or threads of OpenMP must not. Three at a
# time, since many wait for servers; first those that take long, lest one runs alone in the end.
long_tortures := $(patsubst %,tests/torture/test_%.py,\
	milvus_server_contract milvus_kill milvus_lite_contract disk_full kill bot_kill)
torture: .venv/dev
	@printf '%s\n' $(long_tortures) $(filter-out $(long_tortures),$(sort $(wildcard tests/torture/test_*.py))) | \
		xargs -n 1 -P 3 $(venv)/python -m pytest -q -o faulthandler_timeout=900

contract: .venv/dev
	@$(venv)/python -m tests.contract

cases: .venv/dev
	@$(venv)/python -m tests.cases

milvus-lite: .venv/dev
	@$(venv)/python -m tests.milvus_servers lite

milvus-server: .venv/dev
	@$(venv)/python -m tests.milvus_servers real

lint: .venv/dev
	$(venv)/ruff check
	$(venv)/ruff format --check
	$(venv)/mypy

bench: .venv/bench
	$(venv)/python -m benchmarks.all_goals $(wildcard $(BENCH)/*/)

words: .venv/run
	@$(venv)/python -m bot.i18n.extract_messages

pictures: .venv/dev
	@$(venv)/python -m docs.pictures.draw

data/archive.db: | .venv/run
	@echo "Indexing corpus/articles, once …"
	@$(venv)/python -m retrieval index

.venv/run: pyproject.toml constraints.txt
	@echo "Making .venv, once …"
	@$(PYTHON) -m venv .venv
	@echo "Installing packages into it, 1.8 GB …"
	@$(venv)/python install_packages.py .
	@touch $@

.venv/bench: .venv/dev
	@echo "Installing what the benchmarks need …"
	@$(venv)/python install_packages.py '.[bench]'
	@touch $@

.venv/dev: .venv/run
	@echo "Installing what the tests need …"
	@$(venv)/python install_packages.py '.[dev]'
	@touch $@

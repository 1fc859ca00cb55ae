# levada's front door: `make help` lists what there is. Underneath is CMake, with the presets of CMakePresets.json.
.DEFAULT_GOAL := help
.PHONY: help demo test build bench arm64 armhf install format tidy clean
MAKEFLAGS += --no-print-directory
PREFIX ?= /usr
SOURCES = $(shell find . -path ./build -prune -o -name '*.[ch]pp' -print)

packages = packaging/install.sh $(1)
configure = mkdir -p build && { cmake --preset $(1) > build/configure-$(1).log 2>&1 || { cat build/configure-$(1).log; exit 1; }; }

help: ## list these targets
	@sed -nE 's/^([a-z0-9]+)( [a-z0-9]+)?:.*## (.*)/  make \1\t\3/p' Makefile | expand -t 16

demo: build ## build, then watch a pipeline of simulated sensors
	@build/release/levada demo

test: ## build and run every test; the last line counts them
	@$(call packages,library build test)
	@$(call configure,release)
	@cmake --build --preset release
	@tests/run.py build/release

build: ## the release binary: build/release/levada
	@$(call packages,library build)
	@$(call configure,release)
	@cmake --build --preset release --target levada

bench: build ## measure; prints one table: work, levada, limit, ratio
	@$(call packages,test)
	@bench/run.sh

arm64 armhf: ## cross-build: build/arm64/levada (likewise make armhf)
	@$(call packages,library build cross)
	@toolchains/sysroot.sh $@
	@$(call configure,$@)
	@cmake --build --preset $@ --target levada

install: build ## install under $(DESTDIR)$(PREFIX)
	@cmake --build --preset release --target liblevada
	@DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX) --strip

format: ## clang-format every source
	@$(call packages,check)
	@clang-format -i $(SOURCES)

tidy: ## clang-tidy over everything: make tidy FILES="a.cpp folder" for some
	@$(call packages,library build test check)
	@toolchains/tidy.sh $(FILES)

clean: ## remove build/
	@rm -rf build

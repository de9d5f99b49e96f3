# Picket. `make demo` and `make test` do their own set-up; both skip what is already there.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
DOTNET_ENV := DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
dotnet := env $(DOTNET_ENV) dotnet
# Two cores: the build may use both, nothing else runs then.
sources := $(shell git ls-files -co --exclude-standard agent bench tests models '*.props' global.json Picket.slnx 2>/dev/null | grep -v ' ')
product := $(filter agent/% Directory.% global.json,$(sources))

.PHONY: help demo test build bench faults mutants fuzz sbom format format-check setup models eval-faces train-plates eval-plates eval-passages clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 22

demo: artifacts/.build artifacts/models/.pack ## three simulated cameras, node and center on loopback; ARGS="--seconds 60" ends by itself
	@artifacts/bin/picket demo $(ARGS)

test: artifacts/.build artifacts/models/.pack artifacts/.tests format-check ## everything CI needs, under 20 minutes on two cores
	@tests/run.sh

build: artifacts/.build artifacts/models/.pack ## leaves artifacts/bin/picket and artifacts/bin/picket-center

bench: artifacts/.build artifacts/models/.pack ## short benches, each as a ratio to a peer or a limit in the same run
	@$(dotnet) build bench -c Release -v q --nologo -p:UseSharedCompilation=false >&2
	@bench/bin/Release/net10.0/Picket.Bench $(ARGS) | tee artifacts/bench$(if $(filter nodes,$(ARGS)),-nodes).txt

eval-faces: artifacts/.build artifacts/models/.pack ## verification and search accuracy on ../shared/data/faces
	@/usr/bin/python3 models/evaluate_faces.py

train-plates: artifacts/.setup ## one slice of training of the plate models on two cores; MINUTES=20; goes on where the last one ended
	@packaging/setup.sh --training
	@/usr/bin/python3 -m unittest discover -s models/plates/tests
	@models/plates/train.sh $(MINUTES)

eval-plates: artifacts/.build artifacts/models/.pack ## plates found and read on ../shared/data/plates, beside PP-OCRv4 and a Haar cascade
	@packaging/setup.sh --training
	@$(dotnet) build bench -c Release -v q --nologo -p:UseSharedCompilation=false >&2
	@/usr/bin/python3 -m unittest discover -s models/plates/tests
	@/usr/bin/python3 models/plates/evaluate.py

eval-passages: artifacts/.build artifacts/models/.pack ## passages with truth: told by the node beside what their best shots give; writes models/RESULTS.md; PASSAGES=200 SEED=7
	@/usr/bin/python3 models/passages/evaluate.py --passages $(or $(PASSAGES),200) --seed $(or $(SEED),7) $(ARGS)

faults: artifacts/.setup ## the fault matrix: over 200 kills -9 and all kinds of cuts, most of an hour; writes tests/Faults/RESULTS.md; ONLY="text of a case" SEED=1
	@$(dotnet) build tests/Faults -c Release -v q --nologo -p:UseSharedCompilation=false >&2
	@$(if $(ONLY),,rm -rf artifacts/faults)
	@tests/Faults/bin/Release/net10.0/Picket.Faults run --folder $(CURDIR)/artifacts/faults --report tests/Faults/RESULTS.md $(if $(ONLY),--only "$(ONLY)") $(if $(SEED),--seed $(SEED)) | tee artifacts/faults.txt

mutants: artifacts/.build artifacts/models/.pack ## breaks the product on purpose, one promise at a time, and sees that a test notices; under 15 minutes; ONLY="FaceCrop"
	@/usr/bin/python3 tests/Mutants/run.py $(if $(ONLY),--only "$(ONLY)")

fuzz: artifacts/.tests ## every parser of outside bytes, another seed each time; SEED=1 COUNT=20000 inputs a parser
	@seed='$(SEED)'; seed=$${seed:-$$RANDOM}; echo "fuzz: seed $$seed" >&2; \
	PICKET_FUZZ_SEED=$$seed PICKET_FUZZ_COUNT='$(or $(COUNT),20000)' $(dotnet) test tests -c Release --no-build --nologo \
	  --filter FullyQualifiedName~Picket.Tests.Fuzz --logger 'console;verbosity=detailed' | tee artifacts/fuzz.txt | grep -E 'seed |Failed|base64|Total tests|Passed:'

sbom: artifacts/.setup ## what Picket is made of: artifacts/sbom.cdx.json (CycloneDX 1.6) and artifacts/licenses.txt
	@$(dotnet) restore Picket.slnx -v q --nologo >&2
	@packaging/sbom.py artifacts/sbom.cdx.json artifacts/licenses.txt

format: artifacts/.setup ## formats the code
	@$(dotnet) format Picket.slnx --no-restore --exclude models/node_modules

format-check: artifacts/.tests
	@echo "format: checking" >&2
	@$(dotnet) format Picket.slnx --no-restore --verify-no-changes --exclude models/node_modules

models: artifacts/models/.pack ## builds the model pack into artifacts/models
setup: artifacts/.setup ## Debian packages and npm packages

artifacts/.setup: packaging/setup.sh models/package-lock.json
	@packaging/setup.sh
	@mkdir -p artifacts && touch $@

artifacts/models/.pack: artifacts/.setup models/build_pack.py $(wildcard models/cards/* models/plates/weights/* models/plates/regions/*)
	@/usr/bin/python3 models/build_pack.py
	@touch $@

artifacts/.build: artifacts/.setup $(product)
	@echo "build: Release" >&2
	@rm -rf artifacts/lib # what an earlier build left stays otherwise, and a library that is newer than its package's is not replaced
	@$(dotnet) publish agent/Agent -c Release -v q --nologo -o artifacts/lib/picket -p:UseSharedCompilation=false >&2
	@$(dotnet) publish agent/Center -c Release -v q --nologo -o artifacts/lib/picket-center -p:UseSharedCompilation=false >&2
	@mkdir -p artifacts/bin
	@ln -sfn ../lib/picket/picket artifacts/bin/picket
	@ln -sfn ../lib/picket-center/picket-center artifacts/bin/picket-center
	@touch $@

artifacts/.tests: artifacts/.build $(sources)
	@echo "build: tests" >&2
	@$(dotnet) build Picket.slnx -c Release -v q --nologo -p:UseSharedCompilation=false >&2
	@touch $@

clean: ## removes what was built, keeps the npm packages
	@rm -rf artifacts agent/*/bin agent/*/obj bench/bin bench/obj tests/bin tests/obj

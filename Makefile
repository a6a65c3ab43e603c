# AutomateLanka. `make help` lists every target; `make dev` runs the platform,
# `make test` tests it.

SHELL       := /bin/bash
.DEFAULT_GOAL := help

ADDR ?= 127.0.0.1:8080
DATA ?= .data
VENV ?= .venv

# Extra flags of the local platform, for example FLAGS="--clock-speed 60".
FLAGS ?=

.PHONY: help
help: ## List every target
	@awk 'BEGIN {FS = ":.*## "} /^[a-zA-Z_-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: doctor
doctor: ## Name what this machine lacks
	@bash infra/tool/doctor.sh

.PHONY: build
build: ## Prepare what is built or fetched once, and compile everything
	@bash infra/tool/prepare.sh
	go build ./...

.PHONY: dev
dev: ## Run the whole platform on the embedded local cloud (ADDR, DATA, FLAGS)
	@bash infra/tool/prepare.sh
	@go build -o build/automatelanka ./infra/dev
	@exec ./build/automatelanka --addr $(ADDR) --data $(DATA) $(FLAGS)

.PHONY: test
test: ## Run all tests; what needs a browser or the SAM CLI is left out where these are missing
	@bash infra/tool/test.sh

.PHONY: lint
lint: ## Check format, vet, static analysis and the template
	@bash infra/tool/lint.sh

.PHONY: fmt
fmt: ## Format the Go code
	gofmt -w functions infra internal layers

.PHONY: generate
generate: ## Make the generated files anew (OpenAPI, node documentation)
	go generate ./...

.PHONY: corpus
corpus: ## Import and run real n8n workflows, and compare with what n8n gave
	go run ./internal/e2e/corpus/cmd

.PHONY: bench
bench: ## Measure runs per second, latency, CPU and calls per run
	go run ./internal/e2e/bench

.PHONY: bench-fairness
bench-fairness: ## Measure hand-over of slots, a quiet tenant beside a noisy one, admission and reservations (FAIRNESS: flags)
	go run ./internal/e2e/fairness $(FAIRNESS)
	go test ./internal/dynamostore -run NONE -bench ReservationsOfOneTenant -benchtime $${RESERVATIONS:-2000x}
	go test ./internal/dynamostore -run NONE -bench ThousandCalls -benchtime 3x

.PHONY: templates
templates: ## After adding or changing a template: bring its vectors into the search index
	@go run ./layers/onnxruntime fetch
	go run ./internal/search/cmd/embed-templates

.PHONY: eval-search
eval-search: ## Measure what search finds: recall and rank of vectors, key words and both
	@go run ./layers/onnxruntime fetch
	go run ./internal/search/cmd/eval-search

.PHONY: bench-search
bench-search: ## Measure search beside transformers.js with the same model, and over 240 and 10,000 vectors
	@go run ./layers/onnxruntime fetch
	@cd internal/search/cmd/bench-search && { test -d node_modules || npm ci --silent --ignore-scripts --no-audit --no-fund; }
	go run ./internal/search/cmd/bench-search
	go test ./internal/search -run '^$$' -bench 'Rank/(240|10000)/(vector|both)$$' -benchtime 200x

.PHONY: reindex
reindex: ## Rebuild the search indexes of all tenants (DATA, or URL and KEY; TENANT, FRESH=1)
	@go run ./internal/search/cmd/reindex -data $(DATA) $(if $(URL),-url $(URL) -key "$(KEY)") $(if $(TENANT),-tenant $(TENANT)) $(if $(FRESH),-fresh)

.PHONY: bench-admin
bench-admin: ## Measure the operators' search among 200,000 failed executions
	go test ./internal/dynamostore -run NONE -bench SearchOfFailures -benchtime 5x

.PHONY: durability
durability: ## kill -9 the platform with 200 runs in flight, 50 times (ROUNDS, SEED)
	go run ./internal/e2e/durability

.PHONY: sim
sim: ## Simulate faults over 10,000 seeded schedules (SCHEDULES, SEED)
	go test ./internal/sim -run TestSimulation -sim.schedules=$${SCHEDULES:-10000} -sim.seed=$${SEED:-0} -timeout 60m -v

.PHONY: sim-mutants
sim-mutants: ## Break the protocol's rules one by one: does the simulation find each? (SCHEDULES, ONLY)
	go run ./internal/sim/mutant -schedules $${SCHEDULES:-400} -only "$(ONLY)"

.PHONY: deliveries
deliveries: ## 10,000 webhook deliveries, each event three times and out of order: one run each (DELIVERIES)
	go test ./internal/e2e/scenario -run TestDeliveriesStartOneRunEach -deliveries=$${DELIVERIES:-10000} -timeout 30m -v

.PHONY: registrations
registrations: ## Activate and deactivate in storms of faults: a service has the address once or not at all (SEEDS, SEED)
	go test ./internal/registration -run TestActivationStorms -seeds=$${SEEDS:-2000} -seed=$${SEED:-1} -timeout 60m

.PHONY: judge
judge: ## Hold the local cloud and the adapters against emulators that others wrote
	@bash infra/tool/judge.sh

.PHONY: sam-build
sam-build: ## Build every function for arm64 with the SAM CLI
	@bash infra/tool/sam.sh build

.PHONY: deploy
deploy: sam-build ## Deploy with SAM (STAGE=dev, staging or prod)
	@bash infra/tool/sam.sh deploy $${STAGE:-dev}

.PHONY: bootstrap
bootstrap: ## Make the first operator of a deployed stack and print the key (STACK, EMAIL)
	@[ -n "$(STACK)" ] || { echo "say which stack: make bootstrap STACK=automatelanka-dev"; exit 2; }
	@go run ./infra/bootstrap $(STACK) $(if $(EMAIL),--email $(EMAIL))

.PHONY: clean
clean: ## Remove what was built; DATA stays
	rm -rf build .aws-sam internal/console/dist/site internal/console/dist/.digest

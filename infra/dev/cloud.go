package main

import (
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud"
)

// cloudFlags are the settings of the embedded cloud itself.
type cloudFlags struct {
	Latency string   `help:"How long the cloud's calls take: none, or aws for times like AWS's." enum:"none,aws" default:"none"`
	Faults  []string `help:"What goes wrong in the cloud, and how often: SERVICE[.OPERATION]:FAULT=PROBABILITY,…;… with the faults error, apply-then-error, throttle, delay=DURATION, duplicate and reorder (sqs), kill (lambda), lag (dynamodb). Repeatable." sep:"none" placeholder:"SPEC"`
	Seed    uint64   `help:"Which calls meet the faults; the same seed gives the same ones." default:"1"`
}

// apply puts them into the cloud's options.
func (f cloudFlags) apply(o *localcloud.Options) {
	o.Latency, o.Faults, o.Seed = f.Latency, strings.Join(f.Faults, ";"), f.Seed
}

package main

import "github.com/automatelanka/automatelanka/infra/localcloud"

// cloudFlags are the settings of the embedded cloud itself.
type cloudFlags struct{}

// apply puts them into the cloud's options.
func (cloudFlags) apply(*localcloud.Options) {}

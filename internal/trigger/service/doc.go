// Package service is what starts workflows by the webhooks of named services:
// Stripe, GitHub, Telegram, Slack and others, each as data in types/*.json.
//
// A file says where the service calls, how a call proves that it comes from the
// service, which events start a run, what the items are, and how a delivery is
// named, so that a repeated one starts nothing. Adding a service that works like
// those that are there needs a file and no code. Types, versions and parameters
// are n8n's, and so are the addresses (<webhookId>/webhook) and the items.
//
// # Registration
//
// Where the service's API allows it, a file has the requests with which the
// platform registers the address and takes it away (package registration makes
// them). Else the owner registers it by hand; activation shows it. Both ways work
// side by side.
//
// # Who may call
//
// If the registration or the node's credential has the secret with which the
// service signs (or that it sends as a token), a call that does not prove itself is refused and starts
// nothing, and a signature with a time is refused when it is older or newer than
// Tolerance. Where there is no secret, all that protects is the address: the
// webhookId in it is a random UUID that only the owner and the service know. Most
// services let the owner choose a secret when the address is registered; it goes
// into the credential's field webhookSecret.
//
// Nothing here does input or output.
package service

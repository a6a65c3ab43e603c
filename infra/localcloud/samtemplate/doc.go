// Package samtemplate reads an AWS SAM template, with the templates nested in
// it, and gives the resources of it as typed structs: functions with their
// environment resolved, queues, tables, state machines, schedules, routes.
//
// It does what the SAM transform and CloudFormation do to a template before
// anything is made: parameters, mappings, conditions, Globals, intrinsic
// functions. Physical names are derived from the stack's name and the logical
// id, without the random end that CloudFormation adds, so that they stay the
// same over restarts.
//
// Nothing is ignored in silence. Each resource type is either understood, or
// named in a list of types that mean nothing on one machine (a log group, an
// alarm); the same holds for each property of the types that are understood.
// Everything else is an error with file and line, and so is a reference to
// something that does not exist.
package samtemplate

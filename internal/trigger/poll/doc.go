// Package poll starts workflows with what is new at a service: at each tick of a
// polling trigger's schedule it asks the service, and starts one run with all that
// no poll before has given, as n8n does.
//
// # Each thing in one run
//
// Where a trigger stands (its cursor: which things are known) lies in one mark,
// which every poll reads first. A run and the mark that tells of its items are
// written in one transaction, on the condition that the mark is still the one that
// was read. So a poll that dies before it has done nothing, and one whose answer
// got lost has done all; of two polls at a time one wins, and what only the other
// saw is found by the next. The run's id is derived from trigger and revision, so
// that the same delivery of a tick cannot make two.
//
// # Failures
//
// Whatever goes wrong (no credential, an answer that is none, a plan that is used
// up) leaves the cursor where it is: the next poll asks for the same. The failure
// is kept in the mark and shown with the trigger's schedule until a poll succeeds.
// Where a service asks for a pause (Retry-After) the ticks of that time do nothing.
//
// # Beginning and end
//
// The first poll after an activation only learns what is there. A mark belongs to
// one activation: it is deleted with the schedules, and one that a late poll wrote
// after that means nothing to the next activation.
package poll

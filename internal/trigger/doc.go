// Package trigger is what starts a workflow by itself: webhooks and schedules. A
// trigger that polls a service has schedules too; package poll tells what their
// ticks do.
//
// Of reads them from a workflow's nodes; activation stores them and registers
// the schedules. Nothing here does input or output.
//
// # Schedules
//
// n8n runs its schedules in its own process and to the second; here EventBridge
// Scheduler does, to the minute, with cron expressions in the workflow's time
// zone. n8n's rules become cron expressions of explicit values. "Every n hours,
// days, weeks or months" has no cron expression unless n divides the larger unit,
// so such a rule ticks at every hour or day and Timing.Due lets each n-th through,
// counted from the first tick in local time: exact over the change to daylight
// saving, and needing no memory of the last run. What EventBridge cannot express
// (seconds, a day of the month or of the week) is refused at activation.
//
// The execution of a tick has an id derived from schedule and scheduled time, so
// that a tick delivered twice makes one run.
package trigger

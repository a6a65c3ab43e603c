// Package scheduler serves Amazon EventBridge Scheduler: rate, cron and one-time
// schedules with time zones, in groups, with queues, functions and state machines
// as targets.
//
// A tick is written to the store together with the schedule's next time, and is
// delivered after that; it is gone from the store when the target has taken it. So
// no tick is lost with the process, and one may be delivered twice, as on AWS.
//
// AWS is never down, a laptop is. What was due while the process was not there is
// treated as AWS treats a tick whose target cannot be reached: it is delivered as
// soon as that is possible, unless it is older than the schedule's
// MaximumEventAgeInSeconds (a day, if the schedule does not say), and of one
// schedule no more than the last hundred.
//
// Daylight saving follows the user guide: a local time that does not exist is
// skipped, and one that exists twice is used once. A rate counts real time.
package scheduler

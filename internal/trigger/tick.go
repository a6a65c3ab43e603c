package trigger

import (
	"fmt"
	"time"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Tick is one call of the scheduler.
type Tick struct {
	Tenant   ident.Tenant   `json:"tenant"`
	Schedule ident.Schedule `json:"schedule"`
	At       time.Time      `json:"at"` // the scheduled time
}

// Execution is the id of the run that the tick starts: the same for each delivery.
func (t Tick) Execution() ident.Execution {
	return ident.Execution(ident.Derived(ident.PrefixExecution, t.At, string(t.Tenant), string(t.Schedule), t.At.UTC().Format(time.RFC3339)))
}

// Item is what n8n's schedule trigger gives for a tick, in the zone.
func (t Tick) Item(zone string) workflow.Item {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc, zone = time.UTC, "UTC"
	}
	at := t.At.In(loc)
	return workflow.Item{JSON: value.Obj(
		"timestamp", at.Format("2006-01-02T15:04:05.000-07:00"),
		"Readable date", at.Format("January ")+ordinal(at.Day())+at.Format(" 2006, 3:04:05 pm"),
		"Readable time", at.Format("3:04:05 pm"),
		"Day of week", at.Format("Monday"),
		"Year", at.Format("2006"),
		"Month", at.Format("January"),
		"Day of month", at.Format("02"),
		"Hour", at.Format("15"),
		"Minute", at.Format("04"),
		"Second", at.Format("05"),
		"Timezone", zone+at.Format(" (UTC-07:00)"),
	)}
}

func ordinal(n int) string {
	suffix := "th"
	if n/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprint(n, suffix)
}

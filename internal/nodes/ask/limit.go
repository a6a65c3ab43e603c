package ask

import (
	"math"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
)

// maxWait is the longest wait; longer ones are a mistake in the workflow.
const maxWait = 366 * 24 * time.Hour

// Limit is until when an answer is waited for; prefix is where its parameters stand.
func Limit(c *node.Call, r *node.Reader, prefix string) (time.Time, error) {
	if r.String(prefix+"limitType", "afterTimeInterval") == "afterTimeInterval" {
		return After(c.Run.Now, r, prefix+"resumeAmount", prefix+"resumeUnit")
	}
	return At(c, r, prefix+"maxDateAndTime")
}

func zone(c *node.Call) *time.Location {
	if loc, ok := moment.Zone(c.Run.Timezone); ok {
		return loc
	}
	return time.UTC
}

// After is the time after so much time: an amount, and its unit.
func After(now time.Time, r *node.Reader, amount, unit string) (time.Time, error) {
	seconds := map[string]float64{"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}[r.String(unit, "hours")]
	n := r.Number(amount, 1)
	switch {
	case r.Err() != nil:
		return time.Time{}, r.Err()
	case seconds == 0:
		return time.Time{}, node.Errorf("Invalid wait unit. Valid units are 'seconds', 'minutes', 'hours', or 'days'.")
	case n < 0 || math.IsNaN(n):
		return time.Time{}, node.Errorf("Invalid wait amount. Please enter a number that is 0 or greater.")
	case n*seconds > maxWait.Seconds():
		return time.Time{}, node.Errorf("The wait is longer than %d days.", int(maxWait.Hours()/24))
	}
	return now.Add(time.Duration(n * seconds * float64(time.Second))), nil
}

// At is the time that a parameter names.
func At(c *node.Call, r *node.Reader, name string) (time.Time, error) {
	v := r.Value(name)
	if r.Err() != nil {
		return time.Time{}, r.Err()
	}
	until, ok := moment.ParseValue(v, zone(c))
	if !ok {
		return time.Time{}, node.Errorf("Cannot put execution to wait because `%s` parameter is not a valid date. Please pick a specific date and time to wait until.", name)
	}
	if until.Sub(c.Run.Now) > maxWait {
		return time.Time{}, node.Errorf("The wait is longer than %d days.", int(maxWait.Hours()/24))
	}
	return until, nil
}

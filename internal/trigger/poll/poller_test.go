package poll_test

import (
	"flag"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

var seeds = flag.Int("poll.seeds", 25, "how many seeds are tried")

// Whatever dies, gets lost or comes twice: each thing that came after the first
// poll is in exactly one run, and what was there before is in none.
func TestEachNewThingIsInExactlyOneRun(t *testing.T) {
	runs := 0
	for seed := range *seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t, uint64(seed))
			w.feed = []string{"before"}
			w.mustTick() // without faults: what is there is known now
			want := map[string]int{}
			for step := range 40 {
				for range w.rnd.IntN(3) {
					title := fmt.Sprintf("thing %d-%d", step, len(want))
					w.feed, want[title] = append([]string{title}, w.feed...), 1
				}
				w.storm()
				w.clock.Advance(time.Duration(w.rnd.IntN(90)) * time.Second)
			}
			w.db.rate, w.db.dead, w.status = 0, false, 0
			w.clock.Advance(2 * time.Hour) // past any pause
			w.mustTick()
			got := w.started()
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("runs of each thing (-want +got):\n%s", d)
			}
			runs += len(got)
		})
	}
	if runs == 0 {
		t.Error("no seed started a run")
	}
}

// storm delivers the present tick once or several times, one perhaps while another
// is under way, with whatever failures.
func (w *world) storm() {
	w.db.rate = 0.15
	w.status = []int{0, 0, 0, 0, http.StatusInternalServerError, http.StatusUnauthorized, http.StatusTooManyRequests}[w.rnd.IntN(7)]
	for range 1 + w.rnd.IntN(3) {
		w.db.dead = false
		if w.rnd.IntN(3) == 0 {
			w.during = func() {
				_ = w.tick() // another instance: what it dies of is its own
				w.db.dead = false
				if w.rnd.IntN(2) == 0 {
					w.clock.Advance(time.Minute)
				}
			}
		}
		_ = w.tick() // Lambda would say it again
		w.during = nil
	}
}

func TestTheFirstPollOnlyLearnsWhatIsThere(t *testing.T) {
	w := newWorld(t, 1)
	w.feed = []string{"b", "a"}
	w.mustTick()
	w.mustTick()
	if got := w.started(); len(got) != 0 {
		t.Errorf("it started runs of %v", got)
	}
	w.feed = append([]string{"c"}, w.feed...)
	w.mustTick()
	w.mustTick()
	if d := cmp.Diff(map[string]int{"c": 1}, w.started()); d != "" {
		t.Error(d)
	}
	if s := w.state(); s.FoundAt.IsZero() || s.Failure != nil {
		t.Errorf("the state is %+v", s)
	}
}

func TestAFailureIsKeptAndShownUntilAPollSucceeds(t *testing.T) {
	w := newWorld(t, 1)
	w.mustTick()
	began := w.clock.Now()
	w.feed, w.status = []string{"a"}, http.StatusUnauthorized
	w.mustTick()
	w.mustTick()
	f := w.state().Failure
	if f == nil || f.Count != 2 || !f.Since.Equal(began) || !f.At.Equal(began.Add(time.Minute)) || f.Message == "" || f.Code != fault.CodeUpstream {
		t.Fatalf("the failure is %+v", f)
	}
	w.status = 0
	w.mustTick()
	if s := w.state(); s.Failure != nil {
		t.Errorf("the failure is still there: %+v", s.Failure)
	}
	if d := cmp.Diff(map[string]int{"a": 1}, w.started()); d != "" {
		t.Error(d)
	}
}

func TestAPauseThatTheServiceAsksForIsKept(t *testing.T) {
	w := newWorld(t, 1)
	w.mustTick()
	w.status, w.header = http.StatusTooManyRequests, map[string]string{"Retry-After": "150"}
	w.mustTick()
	asked := w.asked
	w.status = 0
	w.mustTick() // 60 s later
	w.mustTick() // 120 s
	if w.asked != asked {
		t.Errorf("it was asked %d times in its pause", w.asked-asked)
	}
	w.mustTick()
	if w.asked != asked+1 || w.state().Failure != nil {
		t.Errorf("it was asked %d times after its pause: %+v", w.asked-asked, w.state())
	}
}

func TestAPlanThatIsUsedUpLosesNothing(t *testing.T) {
	w := newWorld(t, 1)
	w.mustTick()
	w.feed, w.plan.MonthlyRuns = []string{"a"}, 0
	w.mustTick()
	if f := w.state().Failure; f == nil || f.Code != fault.CodePlanRuns || !strings.Contains(f.Message, "runs of this month") {
		t.Fatalf("the failure is %+v", f)
	}
	w.plan.MonthlyRuns = -1
	w.clock.Advance(2 * time.Hour)
	w.mustTick()
	if d := cmp.Diff(map[string]int{"a": 1}, w.started()); d != "" {
		t.Error(d)
	}
}

func TestASuspendedTenantAndAScheduleThatIsGoneAskNothing(t *testing.T) {
	w := newWorld(t, 1)
	w.suspended = true
	w.mustTick()
	w.suspended, w.gone = false, true
	w.mustTick()
	if w.asked != 0 {
		t.Errorf("the service was asked %d times", w.asked)
	}
}

// What a poll writes that ends after the deactivation means nothing to the next
// activation.
func TestEachActivationBeginsAnew(t *testing.T) {
	w := newWorld(t, 1)
	w.feed = []string{"a"}
	w.mustTick()
	w.feed = append([]string{"while it was off"}, w.feed...)
	w.activate()
	w.mustTick()
	if got := w.started(); len(got) != 0 {
		t.Errorf("it started runs of %v", got)
	}
	w.feed = append([]string{"b"}, w.feed...)
	w.mustTick()
	if d := cmp.Diff(map[string]int{"b": 1}, w.started()); d != "" {
		t.Error(d)
	}
}

func TestIdlePollsAreSeldomWritten(t *testing.T) {
	w := newWorld(t, 1)
	w.mustTick()
	var revs []int64
	for range 25 {
		w.mustTick()
		m, err := w.runs.Mark(t.Context(), acme, string(w.schedule.Poll.Mark))
		if err != nil {
			t.Fatal(err)
		}
		revs = append(revs, m.Rev)
	}
	if n := revs[24] - revs[0]; n != 2 {
		t.Errorf("25 minutes of nothing new were written %d times: %v", n, revs)
	}
}

// The first poll comes at a time of its own, whatever the trigger's times are.
func TestTheFirstPollIsAlwaysDue(t *testing.T) {
	w := newWorld(t, 1)
	w.schedule.Timing.Every, w.schedule.Timing.Unit, w.schedule.First = 5, trigger.Hours, start.Add(time.Hour)
	w.mustTick()
	w.mustTick()
	if w.asked != 1 {
		t.Errorf("the service was asked %d times before the first tick", w.asked)
	}
}

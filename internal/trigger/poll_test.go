package trigger

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func polling(typ string, _ float64) bool { return typ == "n8n-nodes-base.gmailTrigger" }

// n8n's poll times, with its defaults.
func TestPollTimesBecomeExpressions(t *testing.T) {
	for params, want := range map[string][]string{
		`{}`: {"cron(* * * * ? *)"},
		`{"pollTimes":{"item":[{"mode":"everyMinute"}]}}`:                           {"cron(* * * * ? *)"},
		`{"pollTimes":{"item":[{"mode":"everyMinute"},{}]}}`:                        {"cron(* * * * ? *)", "cron(0 14 * * ? *)"},
		`{"pollTimes":{"item":[{"mode":"everyHour","minute":30}]}}`:                 {"cron(30 * * * ? *)"},
		`{"pollTimes":{"item":[{"mode":"everyDay","hour":9,"minute":5}]}}`:          {"cron(5 9 * * ? *)"},
		`{"pollTimes":{"item":[{"mode":"everyWeek","weekday":"0"}]}}`:               {"cron(0 14 ? * 1 *)"},
		`{"pollTimes":{"item":[{"mode":"everyMonth","dayOfMonth":3}]}}`:             {"cron(0 14 3 * ? *)"},
		`{"pollTimes":{"item":[{"mode":"everyX","unit":"minutes","value":15}]}}`:    {"cron(0,15,30,45 * * * ? *)"},
		`{"pollTimes":{"item":[{"mode":"custom","cronExpression":"0 */2 * * *"}]}}`: {"cron(0 0,2,4,6,8,10,12,14,16,18,20,22 * * ? *)"},
	} {
		o := owner()
		o.Polls = polling
		set, err := Of(parse(t, node("gmailTrigger", params)), o)
		if err != nil {
			t.Errorf("%s: %v", params, err)
			continue
		}
		var got []string
		for _, s := range set.Schedules {
			got = append(got, s.Timing.Expression)
			if s.Poll == nil || s.Poll.Mark != set.Schedules[0].ID || !s.Poll.Since.Equal(o.Now) || s.Own() {
				t.Errorf("%s: the schedule is %+v", params, s)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", params, d)
		}
	}
}

func TestPollTimesThatCannotBeKept(t *testing.T) {
	for params, want := range map[string]string{
		`{"pollTimes":{"item":[{"mode":"custom","cronExpression":"*/10 * * * * *"}]}}`: "once a minute",
		`{"pollTimes":{"item":[{"mode":"often"}]}}`:                                    `"often" is no mode`,
		`{"pollTimes":{"item":[{"mode":"everyHour","minute":"={{ 3 }}"}]}}`:            "expression",
	} {
		o := owner()
		o.Polls = polling
		if _, err := Of(parse(t, node("gmailTrigger", params)), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", params, err)
		}
	}
}

// A type that does not poll has no schedule.
func TestOtherTriggersAreNotPolled(t *testing.T) {
	o := owner()
	o.Polls = polling
	set, err := Of(parse(t, node("formTrigger", `{"path":"f","pollTimes":{"item":[{}]}}`)), o)
	if err != nil || len(set.Schedules) != 0 {
		t.Errorf("%+v %v", set.Schedules, err)
	}
}

package lambdarun_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
)

// TestOnlyFailedMessagesComeAgain: SQS takes an answer without the list, or with an
// id that it does not know, for a failure of the whole batch.
func TestOnlyFailedMessagesComeAgain(t *testing.T) {
	body := func(id string) string {
		return fmt.Sprintf(`{"tenant":"ten_a","execution":%q,"generation":1,"plan":"PRO"}`, id)
	}
	var handled []string
	h := lambdarun.Messages(slog.New(slog.DiscardHandler), func(_ context.Context, messages []execution.Message) []error {
		errs := make([]error, len(messages))
		for i, m := range messages {
			handled = append(handled, string(m.Execution))
			if m.Execution == "exe_bad" {
				errs[i] = errors.New("refused")
			}
		}
		return errs
	})
	answer := func(bodies ...string) (ids []string) {
		t.Helper()
		handled = nil
		var batch events.SQSEvent
		for i, b := range bodies {
			batch.Records = append(batch.Records, events.SQSMessage{MessageId: fmt.Sprint("m", i), Body: b})
		}
		payload, _ := json.Marshal(batch)
		out, err := h.Invoke(t.Context(), payload)
		var got struct {
			BatchItemFailures *[]struct {
				ItemIdentifier string `json:"itemIdentifier"`
			} `json:"batchItemFailures"`
		}
		if err != nil || json.Unmarshal(out, &got) != nil || got.BatchItemFailures == nil {
			t.Fatalf("%s, %v", out, err)
		}
		for _, f := range *got.BatchItemFailures {
			ids = append(ids, f.ItemIdentifier)
		}
		slices.Sort(ids)
		return ids
	}
	if ids := answer(body("exe_1"), body("exe_bad"), "no JSON", `{}`, body("exe_2")); !slices.Equal(ids, []string{"m1", "m2", "m3"}) || !slices.Equal(handled, []string{"exe_1", "exe_bad", "exe_2"}) {
		t.Errorf("%v come again, %v were handled", ids, handled)
	}
	if ids := answer(body("exe_1")); len(ids) != 0 {
		t.Errorf("%v come again", ids)
	}
	if _, err := h.Invoke(t.Context(), []byte("no event")); err == nil {
		t.Error("a batch that cannot be read was acknowledged")
	}
}

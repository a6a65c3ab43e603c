package sqs

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

type operation func(s *Service, r *http.Request, body []byte) (any, error)

var operations = map[string]operation{
	"SendMessage":                  (*Service).opSend,
	"SendMessageBatch":             (*Service).opSendBatch,
	"ReceiveMessage":               (*Service).opReceive,
	"DeleteMessage":                (*Service).opDelete,
	"DeleteMessageBatch":           (*Service).opDeleteBatch,
	"ChangeMessageVisibility":      (*Service).opChange,
	"ChangeMessageVisibilityBatch": (*Service).opChangeBatch,
	"GetQueueUrl":                  (*Service).opGetURL,
	"GetQueueAttributes":           (*Service).opGetAttributes,
	"SetQueueAttributes":           (*Service).opSetAttributes,
	"CreateQueue":                  (*Service).opCreate,
	"DeleteQueue":                  (*Service).opDeleteQueue,
	"ListQueues":                   (*Service).opList,
	"PurgeQueue":                   (*Service).opPurge,
	"ListDeadLetterSourceQueues":   (*Service).opListSources,
	"StartMessageMoveTask":         (*Service).opStartMove,
	"ListMessageMoveTasks":         (*Service).opListMoves,
	"CancelMessageMoveTask":        (*Service).opCancelMove,
}

// billedChunk is how much of a payload SQS bills as one request.
const billedChunk = 64 << 10 // bytes

// ServeHTTP serves the JSON protocol of SQS.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := wire.Operation(r)
	op, ok := operations[name]
	if !ok {
		writeError(w, wire.Unsupported("the operation "+name+" of SQS"))
		return
	}
	body, err := wire.Body(r)
	if err != nil {
		writeError(w, err)
		return
	}
	s.opts.Meter.Add("sqs.requests", float64(max(1, (len(body)+billedChunk-1)/billedChunk)))
	out, err := op(s, r, body)
	if err != nil {
		writeError(w, err)
		return
	}
	answer := []byte("{}")
	if out != nil {
		if answer, err = json.Marshal(out); err != nil {
			writeError(w, err)
			return
		}
	}
	wire.WriteJSON(w, http.StatusOK, answer)
}

// queryCodes are the names that errors had in the query protocol; the SDKs report
// these if they are sent along.
var queryCodes = map[string]string{
	"QueueDoesNotExist":            "AWS.SimpleQueueService.NonExistentQueue",
	"EmptyBatchRequest":            "AWS.SimpleQueueService.EmptyBatchRequest",
	"TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
	"BatchEntryIdsNotDistinct":     "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
	"BatchRequestTooLong":          "AWS.SimpleQueueService.BatchRequestTooLong",
	"MessageNotInflight":           "AWS.SimpleQueueService.MessageNotInflight",
	"QueueNameExists":              "QueueAlreadyExists",
}

func writeError(w http.ResponseWriter, err error) {
	if e, ok := err.(*wire.Error); ok {
		short := e.Type[strings.LastIndexByte(e.Type, '#')+1:]
		if code := queryCodes[short]; code != "" {
			w.Header().Set("X-Amzn-Query-Error", code+";Sender")
		}
	}
	wire.WriteError(w, err)
}

// read parses a request; a member that the operation does not know is refused.
func read(body []byte, into any) error {
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return wire.Unsupported("the parameter " + field + " of this SQS operation")
		}
		return wire.Errorf("com.amazonaws.sqs#InvalidParameterValue", "the request is not valid: %v", err)
	}
	return nil
}

// locate finds the queue of a URL.
func (s *Service) locate(url string) (*queue, error) {
	if q := s.byURL(url); q != nil {
		return q, nil
	}
	return nil, noQueue()
}

package sqs

import (
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
	wire.Serve(w, r, func(operation string, body []byte) (any, error) {
		op, ok := operations[operation]
		if !ok {
			return nil, wire.Unsupported("the operation " + operation + " of SQS")
		}
		s.opts.Meter.Add("sqs.requests", float64(max(1, (len(body)+billedChunk-1)/billedChunk)))
		out, err := op(s, r, body)
		return out, coded(err)
	})
}

// queryCodes are the names that errors had in the query protocol.
var queryCodes = map[string]string{
	"QueueDoesNotExist":            "AWS.SimpleQueueService.NonExistentQueue",
	"EmptyBatchRequest":            "AWS.SimpleQueueService.EmptyBatchRequest",
	"TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
	"BatchEntryIdsNotDistinct":     "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
	"BatchRequestTooLong":          "AWS.SimpleQueueService.BatchRequestTooLong",
	"MessageNotInflight":           "AWS.SimpleQueueService.MessageNotInflight",
	"QueueNameExists":              "QueueAlreadyExists",
}

// coded adds its name in the query protocol to an error, as SQS does.
func coded(err error) error {
	e, ok := err.(*wire.Error)
	if !ok {
		return err
	}
	named := *e
	named.QueryCode = queryCodes[e.Type[strings.LastIndexByte(e.Type, '#')+1:]]
	return &named
}

// read parses a request; a member that the operation does not know is refused.
func read(body []byte, into any) error {
	return wire.Read(body, into, "of this SQS operation", "com.amazonaws.sqs#InvalidParameterValue")
}

// locate finds the queue of a URL.
func (s *Service) locate(url string) (*queue, error) {
	if q := s.byURL(url); q != nil {
		return q, nil
	}
	return nil, noQueue()
}

package dynamodb

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/expr"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// Options are what a Service is made from. Store and Clock must be given.
type Options struct {
	Store kv.Store
	Clock clock.Clock
	Meter *meter.Meter
	// Region and AccountID appear in ARNs; us-east-1 and 000000000000 if empty.
	Region, AccountID string
	// StreamShards is the number of shards of a new stream; 4 if zero, as a fresh
	// on-demand table has. All changes of one item are in one shard.
	StreamShards int
	// IndexLag makes reads of global indexes stale: a write reaches them after the
	// duration that it returns for that write. Nil means at once.
	IndexLag func() time.Duration
	// ItemUnits is how many write units one item takes in a second, at most what
	// production gives it (1,000); 0: any number. Batches are not held to it.
	ItemUnits int
}

// Service is DynamoDB and DynamoDB Streams over one store. It is an http.Handler,
// and safe for concurrent use.
type Service struct {
	store   kv.Store
	clock   clock.Clock
	meter   *meter.Meter
	region  string
	account string
	shards  int

	// gate is held for reading by operations on items and for writing while
	// tables change, so that no operation sees half a change.
	gate        sync.RWMutex
	tables      map[string]*table
	locks       stripes
	exprs       expr.Cache
	tokens      tokenFilter
	lag         *indexLag
	hot         *hot
	lagging     sync.Mutex // held while lagging writes are applied
	maintaining sync.Mutex // held by the background pass
	bodies      sync.Pool  // of *[]byte: responses
	stop        chan struct{}
	done        sync.WaitGroup
}

// New opens the service on what the store holds of it. It fails if the store does.
func New(o Options) (*Service, error) {
	s := &Service{
		store: o.Store, clock: o.Clock, meter: o.Meter,
		region: o.Region, account: o.AccountID, shards: o.StreamShards,
		stop: make(chan struct{}), hot: newHot(o.ItemUnits),
	}
	if s.meter == nil {
		s.meter = &meter.Meter{}
	}
	if s.region == "" {
		s.region = "us-east-1"
	}
	if s.account == "" {
		s.account = "000000000000"
	}
	if s.shards == 0 {
		s.shards = 4
	}
	s.bodies.New = func() any { return new([]byte) }
	s.locks.init()
	if err := s.loadTables(); err != nil {
		return nil, err
	}
	if err := s.tokens.load(s.store); err != nil {
		return nil, err
	}
	if err := s.startLag(o.IndexLag); err != nil {
		return nil, err
	}
	s.done.Add(1)
	go s.maintainRegularly()
	return s, nil
}

// Close ends the background work. The store stays open: it belongs to the caller.
func (s *Service) Close() {
	close(s.stop)
	s.done.Wait()
}

// operation appends an answer's body to out. One that changes tables has the
// service for itself.
type operation struct {
	run       func(s *Service, body, out []byte) ([]byte, error)
	exclusive bool
}

// operations are all that the service serves, by the name in X-Amz-Target.
var operations = map[string]operation{
	"GetItem":                   {run: (*Service).getItem},
	"PutItem":                   {run: (*Service).putItem},
	"UpdateItem":                {run: (*Service).updateItem},
	"DeleteItem":                {run: (*Service).deleteItem},
	"Query":                     {run: (*Service).query},
	"Scan":                      {run: (*Service).scan},
	"BatchGetItem":              {run: (*Service).batchGetItem},
	"BatchWriteItem":            {run: (*Service).batchWriteItem},
	"TransactGetItems":          {run: (*Service).transactGetItems},
	"TransactWriteItems":        {run: (*Service).transactWriteItems},
	"DescribeTable":             {run: (*Service).describeTable},
	"ListTables":                {run: (*Service).listTables},
	"DescribeTimeToLive":        {run: (*Service).describeTimeToLive},
	"DescribeContinuousBackups": {run: (*Service).describeContinuousBackups},
	"CreateTable":               {run: (*Service).createTable, exclusive: true},
	"DeleteTable":               {run: (*Service).deleteTable, exclusive: true},
	"UpdateTimeToLive":          {run: (*Service).updateTimeToLive, exclusive: true},
	"UpdateContinuousBackups":   {run: (*Service).updateContinuousBackups, exclusive: true},
}

// streamOperations are those of DynamoDB Streams, which has a target prefix of its own.
var streamOperations = map[string]operation{
	"ListStreams":      {run: (*Service).listStreams},
	"DescribeStream":   {run: (*Service).describeStream},
	"GetShardIterator": {run: (*Service).getShardIterator},
	"GetRecords":       {run: (*Service).getRecords},
}

// opMeters are the meter's names of operations, made once.
var opMeters = func() map[string]string {
	out := map[string]string{}
	for name := range operations {
		out[name] = "dynamodb.op." + name
	}
	for name := range streamOperations {
		out[name] = "dynamodb.op." + name
	}
	return out
}()

// Do executes one operation without HTTP. The target is X-Amz-Target's, for example
// DynamoDB_20120810.GetItem; body is the request's and must not change afterwards.
// It returns the answer's status and body.
func (s *Service) Do(target string, body []byte) (status int, answer []byte) {
	return s.do(target, body, nil)
}

func (s *Service) do(target string, body, out []byte) (int, []byte) {
	service, name, _ := strings.Cut(target, ".")
	all := operations
	if strings.HasPrefix(service, "DynamoDBStreams_") {
		all = streamOperations
	}
	op, known := all[name]
	if !known {
		return appendFailure(out, unknownOperation(name))
	}
	s.meter.Add("dynamodb.requests", 1)
	s.meter.Add(opMeters[name], 1)
	answer, err := s.run(op, body, out)
	if err != nil {
		return appendFailure(out, err)
	}
	return http.StatusOK, answer
}

func (s *Service) run(op operation, body, out []byte) ([]byte, error) {
	if op.exclusive {
		s.gate.Lock()
		defer s.gate.Unlock()
	} else {
		s.gate.RLock()
		defer s.gate.RUnlock()
	}
	return op.run(s, body, out)
}

// readBody reads a request's body into memory of its own, as items share it.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer r.Body.Close()
	var body []byte
	var err error
	switch {
	case r.ContentLength > maxRequestBytes:
		return nil, errTooLarge
	case r.ContentLength >= 0:
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(r.Body, body)
	default:
		body, err = io.ReadAll(io.LimitReader(r.Body, maxRequestBytes+1))
	}
	switch {
	case err != nil:
		return nil, wire.Errorf("SerializationException", "the request's body could not be read: %v", err)
	case len(body) > maxRequestBytes:
		return nil, errTooLarge
	}
	return body, nil
}

// maxRequestBytes is the largest request.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
const maxRequestBytes = 16 << 20

// ServeHTTP serves the JSON 1.0 protocol.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	buffer := s.bodies.Get().(*[]byte)
	status, answer := s.do(r.Header.Get("X-Amz-Target"), body, (*buffer)[:0])
	wire.WriteJSON(w, status, answer)
	if cap(answer) <= maxPooledBody {
		*buffer = answer[:0]
	}
	s.bodies.Put(buffer)
}

// maxPooledBody is the largest response buffer that is kept for the next one, in bytes.
const maxPooledBody = 64 << 10

// unsupportedOperations are those of DynamoDB that the service has not. Another
// name is an unknown operation, as it is for DynamoDB.
const unsupportedOperations params = "BatchExecuteStatement CreateBackup CreateGlobalTable DeleteBackup DeleteResourcePolicy DescribeBackup " +
	"DescribeContributorInsights DescribeEndpoints DescribeExport DescribeGlobalTable DescribeGlobalTableSettings DescribeImport " +
	"DescribeKinesisStreamingDestination DescribeLimits DescribeTableReplicaAutoScaling DisableKinesisStreamingDestination " +
	"EnableKinesisStreamingDestination ExecuteStatement ExecuteTransaction ExportTableToPointInTime GetResourcePolicy ImportTable ListBackups " +
	"ListContributorInsights ListExports ListGlobalTables ListImports ListTagsOfResource PutResourcePolicy RestoreTableFromBackup " +
	"RestoreTableToPointInTime TagResource UntagResource UpdateContributorInsights UpdateGlobalTable UpdateGlobalTableSettings " +
	"UpdateKinesisStreamingDestination UpdateTable UpdateTableReplicaAutoScaling SearchVectors StartBulkPutItems CancelBulkOperation " +
	"DescribeBulkOperation ListBulkOperations "

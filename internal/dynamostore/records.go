package dynamostore

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// maxItemBlob is the size, in bytes, up to which a payload lies in an item; a
// larger one goes to the blob store. An item may have 400 KB in all, and a
// transaction 4 MB. Source: DynamoDB quotas.
const maxItemBlob = 256 << 10

// encodeRecords is the checkpoint item of a segment.
func (r *Runs) encodeRecords(ctx context.Context, ref execution.Ref, records []execution.Record) (attrs, error) {
	item := runKey(ref.Tenant, ref.ID, records[0].Seq).attrs()
	return item, r.putPayload(ctx, ref, item, encodeBlob(records))
}

// putPayload packs b into the item, or into the blob store if it is large.
func (r *Runs) putPayload(ctx context.Context, ref execution.Ref, item attrs, b []byte) error {
	return r.putBlob(ctx, ref, item, pack(b))
}

// putEarly is putPayload for an execution that is not there yet, and may never be:
// it may be refused. What is large is announced before it is stored.
func (r *Runs) putEarly(ctx context.Context, ref execution.Ref, item attrs, b []byte) error {
	blob := pack(b)
	if len(blob) > maxItemBlob {
		if err := r.Announce(ctx, ref); err != nil {
			return err
		}
	}
	return r.putBlob(ctx, ref, item, blob)
}

func (r *Runs) putBlob(ctx context.Context, ref execution.Ref, item attrs, blob []byte) error {
	if len(blob) <= maxItemBlob {
		item["b"] = bin(blob)
		return nil
	}
	name := string(ref.Tenant) + "/executions/" + string(ref.ID) + "/" + ident.Token()
	if err := r.blobs.Put(ctx, name, blob); err != nil {
		return unavailable(err)
	}
	item["x"] = str(name)
	return nil
}

// payload reads what putPayload wrote.
func (r *Runs) payload(ctx context.Context, item attrs) ([]byte, error) {
	blob := getBin(item, "b")
	if name := getStr(item, "x"); name != "" {
		var err error
		if blob, err = r.blobs.Get(ctx, name); err != nil {
			return nil, unavailable(err)
		}
	}
	if len(blob) == 0 {
		return nil, nil
	}
	return unpack(blob)
}

func (r *Runs) decodeRecords(ctx context.Context, item attrs) ([]execution.Record, error) {
	b, err := r.payload(ctx, item)
	if err != nil {
		return nil, err
	}
	return parseRecords(b)
}

func decodeBlob(blob []byte) ([]execution.Record, error) {
	b, err := unpack(blob)
	if err != nil {
		return nil, err
	}
	return parseRecords(b)
}

// A segment is a row of records, each: sequence number, generation, token and
// node run, numbers as uvarints, texts with their length before them.

// usualRecord is about what the record of a node with a few small items takes, in bytes.
const usualRecord = 256

func encodeBlob(records []execution.Record) []byte {
	b := make([]byte, 0, usualRecord*len(records))
	var run []byte
	for i := range records {
		rec := &records[i]
		b = binary.AppendUvarint(b, uint64(rec.Seq))
		b = binary.AppendUvarint(b, uint64(rec.Generation))
		b = binary.AppendUvarint(b, uint64(len(rec.Token)))
		b = append(b, rec.Token...)
		run = workflow.AppendRun(run[:0], &rec.Run)
		b = binary.AppendUvarint(b, uint64(len(run)))
		b = append(b, run...)
	}
	return b
}

var errTornSegment = errors.New("a checkpoint is damaged")

func parseRecords(b []byte) ([]execution.Record, error) {
	var out []execution.Record
	for len(b) > 0 {
		rec, raw, ok := readRecord(&b)
		if !ok {
			return nil, errTornSegment
		}
		run, err := workflow.ParseRun(raw)
		if err != nil {
			return nil, err
		}
		rec.Run = *run
		out = append(out, rec)
	}
	return out, nil
}

// parseLast reads the last record of a segment alone, in a list that is empty if there is
// none: what the others hold is passed over.
func parseLast(b []byte) ([]execution.Record, error) {
	if len(b) == 0 {
		return nil, nil
	}
	var rec execution.Record
	var raw []byte
	for ok := true; len(b) > 0; {
		if rec, raw, ok = readRecord(&b); !ok {
			return nil, errTornSegment
		}
	}
	run, err := workflow.ParseRun(raw)
	if err != nil {
		return nil, err
	}
	rec.Run = *run
	return []execution.Record{rec}, nil
}

// readRecord takes one record from the segment; its run is still to be parsed.
func readRecord(b *[]byte) (rec execution.Record, run []byte, ok bool) {
	var seq, gen uint64
	var token []byte
	if !readUint(b, &seq) || !readUint(b, &gen) || !readText(b, &token) || !readText(b, &run) {
		return rec, nil, false
	}
	return execution.Record{Seq: int(seq), Generation: int(gen), Token: string(token)}, run, true
}

func readUint(b *[]byte, n *uint64) bool {
	v, size := binary.Uvarint(*b)
	if size <= 0 {
		return false
	}
	*n, *b = v, (*b)[size:]
	return true
}

func readText(b *[]byte, text *[]byte) bool {
	var n uint64
	if !readUint(b, &n) || n > uint64(len(*b)) {
		return false
	}
	*text, *b = (*b)[:n], (*b)[n:]
	return true
}

// copyRuns is the checkpoint item with the node runs that a retry keeps.
func (r *Runs) copyRuns(ctx context.Context, c *execution.Creation) (attrs, error) {
	records := make([]execution.Record, len(c.Runs))
	for i, run := range c.Runs {
		records[i] = execution.Record{Seq: i, Run: run}
	}
	item := runKey(c.Tenant, c.ID, records[0].Seq).attrs()
	return item, r.putEarly(ctx, c.Ref, item, encodeBlob(records))
}

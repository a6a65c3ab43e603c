package stepfunctions

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
)

// Keys, all below one prefix. A run's records stand under its own key, which is
// sf/r/<id> for Express and sf/h/<machine>\x00<name> for Standard:
//
//	<run>\x00                        its start
//	<run>\x01<n>                     its n-th outcome
//	<run>\x02<token>                 a task that was not sent out before Close
//	sf/o/<machine>\x00<name>         there is an open Standard execution
//	sf/s/<machine>\x00<name>         a Standard execution as it is described
//	sf/l/<machine>\x00<newest first><name>    the order of ListExecutions
//	sf/m/<machine>                   a machine
//	sf/v/<machine>\x00<revision>     one of its definitions
//
// Express records are deleted when the run ends, a Standard's kept for its history.
const (
	keyExpress  = "sf/r/"
	keyHistory  = "sf/h/"
	keyOpen     = "sf/o/"
	keyStandard = "sf/s/"
	keyList     = "sf/l/"
	keyMachine  = "sf/m/"
	keyRevision = "sf/v/"
)

const (
	partStart = iota
	partOutcome
	partUnsent
)

// partKey makes the key of one part of a run. The number keeps the parts in order.
func partKey(run string, part byte, n uint64) []byte {
	b := make([]byte, 0, len(run)+9)
	b = append(append(b, run...), part)
	if part == partStart {
		return b
	}
	return binary.BigEndian.AppendUint64(b, n)
}

// packer writes the fields of a record one after the other, each with its length.
type packer []byte

func (p packer) text(s string) packer {
	return append(binary.AppendUvarint(p, uint64(len(s))), s...)
}

func (p packer) number(n uint64) packer { return binary.AppendUvarint(p, n) }

func (p packer) time(t time.Time) packer { return p.number(uint64(t.UnixMilli())) }

// unpacker reads what a packer wrote; bad is set at the first field that is not there.
type unpacker struct {
	b   []byte
	bad bool
}

func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint(u.b)
	if size <= 0 {
		u.b, u.bad = nil, true
		return 0
	}
	u.b = u.b[size:]
	return n
}

func (u *unpacker) text() string {
	n := u.number()
	if n > uint64(len(u.b)) {
		u.b, u.bad = nil, true
		return ""
	}
	s := string(u.b[:n])
	u.b = u.b[n:]
	return s
}

func (u *unpacker) time() time.Time { return time.UnixMilli(int64(u.number())).UTC() }

var errRecord = errors.New("stepfunctions: a stored record is damaged")

// startRecord is the stored form of a run's start.
type startRecord struct {
	machine  string // ARN
	revision string
	arn      string
	name     string
	at       time.Time
	seed     uint64
	express  bool
	input    string // JSON
}

const recordVersion = 1

func (r *startRecord) pack() []byte {
	express := uint64(0)
	if r.express {
		express = 1
	}
	p := make(packer, 0, len(r.machine)+len(r.arn)+len(r.name)+len(r.input)+len(r.revision)+48)
	return p.number(recordVersion).text(r.machine).text(r.revision).text(r.arn).text(r.name).
		time(r.at).number(r.seed).number(express).text(r.input)
}

func unpackStart(b []byte) (*startRecord, error) {
	u := &unpacker{b: b}
	if u.number() != recordVersion {
		return nil, errRecord
	}
	r := &startRecord{machine: u.text(), revision: u.text(), arn: u.text(), name: u.text(), at: u.time(), seed: u.number(), express: u.number() == 1, input: u.text()}
	if u.bad {
		return nil, errRecord
	}
	return r, nil
}

func packOutcome(o asl.Outcome, at time.Time) []byte {
	p := make(packer, 0, len(o.Payload)+len(o.Error)+len(o.Cause)+24)
	return p.number(uint64(o.Kind)).number(o.Token).time(at).text(string(o.Payload)).text(o.Error).text(o.Cause)
}

func unpackOutcome(b []byte) (o asl.Outcome, at time.Time, err error) {
	u := &unpacker{b: b}
	o.Kind = asl.OutcomeKind(u.number())
	o.Token = u.number()
	at = u.time()
	o.Payload = []byte(u.text())
	o.Error, o.Cause = u.text(), u.text()
	if u.bad {
		return o, at, errRecord
	}
	return o, at, nil
}

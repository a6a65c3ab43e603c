package dynamodb

import (
	"math"
	"strconv"

	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/wirejson"
)

// The sizes that one unit pays for, in bytes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
const (
	readBlock  = 4 << 10
	writeBlock = 1 << 10
)

// transactional is by how much reads and writes in transactions cost more.
const transactional = 2

// writeUnits returns what writing a size costs.
func writeUnits(size int) float64 { return math.Max(1, math.Ceil(float64(size)/writeBlock)) }

// readUnits returns what reading a size costs; an eventually consistent read costs half.
func readUnits(size int, consistent bool) float64 {
	n := math.Max(1, math.Ceil(float64(size)/readBlock))
	if !consistent {
		n /= 2
	}
	return n
}

// units are the capacity that an operation took of one table and its indexes.
type units struct {
	table   float64
	indexes []indexUnits
}

type indexUnits struct {
	index *index
	units float64
}

func (u *units) addIndex(ix *index, n float64) {
	if n == 0 {
		return
	}
	for i := range u.indexes {
		if u.indexes[i].index == ix {
			u.indexes[i].units += n
			return
		}
	}
	u.indexes = append(u.indexes, indexUnits{ix, n})
}

func (u *units) add(v units) {
	u.table += v.table
	for _, x := range v.indexes {
		u.addIndex(x.index, x.units)
	}
}

// times multiplies all by a factor.
func (u *units) times(factor float64) {
	u.table *= factor
	for i := range u.indexes {
		u.indexes[i].units *= factor
	}
}

func (u *units) total() float64 {
	n := u.table
	for _, x := range u.indexes {
		n += x.units
	}
	return n
}

func (s *Service) countReads(u units)  { s.meter.Add("dynamodb.read_units", u.total()) }
func (s *Service) countWrites(u units) { s.meter.Add("dynamodb.write_units", u.total()) }

// The values of ReturnConsumedCapacity.
const (
	capacityNone    = "NONE"
	capacityTotal   = "TOTAL"
	capacityIndexes = "INDEXES"
)

// appendCapacity appends one ConsumedCapacity object. kind is empty, or in a
// transaction Read or Write.
func appendCapacity(out []byte, t *table, u *units, detail, kind string) []byte {
	out = append(out, `{"TableName":`...)
	out = wirejson.AppendString(out, t.spec.Name)
	out = append(out, ',')
	out = appendUnits(out, u.total(), kind)
	if detail == capacityIndexes {
		out = append(out, `,"Table":{`...)
		out = appendUnits(out, u.table, kind)
		out = append(out, '}')
		out = appendIndexUnits(out, u, true, kind)
		out = appendIndexUnits(out, u, false, kind)
	}
	return append(out, '}')
}

func appendUnits(out []byte, n float64, kind string) []byte {
	if kind != "" {
		out = append(append(append(out, '"'), kind...), `CapacityUnits":`...)
		out = append(strconv.AppendFloat(out, n, 'f', 1, 64), ',')
	}
	return strconv.AppendFloat(append(out, `"CapacityUnits":`...), n, 'f', 1, 64)
}

func appendIndexUnits(out []byte, u *units, global bool, kind string) []byte {
	first := true
	for _, x := range u.indexes {
		if x.index.global != global {
			continue
		}
		switch {
		case !first:
			out = append(out, ',')
		case global:
			out = append(out, `,"GlobalSecondaryIndexes":{`...)
		default:
			out = append(out, `,"LocalSecondaryIndexes":{`...)
		}
		first = false
		out = wirejson.AppendString(out, x.index.spec.Name)
		out = append(out, ':', '{')
		out = append(appendUnits(out, x.units, kind), '}')
	}
	if !first {
		out = append(out, '}')
	}
	return out
}

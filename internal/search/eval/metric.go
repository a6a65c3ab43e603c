package eval

import "fmt"

// cutoff is the number of results that a user is expected to look at.
const cutoff = 5

// Figures are the means over the queries of a set.
type Figures struct {
	Queries int
	// Recall is the share of the relevant documents among the first 5 (of 5, where
	// there are more).
	Recall float64
	// Hit is the share of queries with a relevant document among the first 5.
	Hit float64
	// First is the share of queries whose first result is relevant.
	First float64
	// MRR is the mean of 1/rank of the first relevant document, 0 if it is not
	// among the results.
	MRR float64
}

func (f Figures) String() string {
	return fmt.Sprintf("recall@%d %.3f  hit@%d %.3f  first %.3f  MRR %.3f", cutoff, f.Recall, cutoff, f.Hit, f.First, f.MRR)
}

// judge gives the figures of one query for its results, best first.
func judge(q *Query, ids []string) Figures {
	f := Figures{Queries: 1}
	found := 0
	for rank, id := range ids {
		if q.Relevant[id] == 0 {
			continue
		}
		if f.MRR == 0 {
			f.MRR = 1 / float64(rank+1)
		}
		if rank < cutoff {
			found++
			f.Hit = 1
		}
		if rank == 0 {
			f.First = 1
		}
	}
	f.Recall = float64(found) / float64(min(len(q.Relevant), cutoff))
	return f
}

// mean is the mean of figures, weighted by their queries.
func mean(list []Figures) Figures {
	var sum Figures
	for _, f := range list {
		n := float64(f.Queries)
		sum.Queries += f.Queries
		sum.Recall += n * f.Recall
		sum.Hit += n * f.Hit
		sum.First += n * f.First
		sum.MRR += n * f.MRR
	}
	n := max(float64(sum.Queries), 1)
	return Figures{sum.Queries, sum.Recall / n, sum.Hit / n, sum.First / n, sum.MRR / n}
}

// Package nearest compares a word that somebody typed with the words there are.
//
//	if nearest.Distance("docusgin", "docusign") <= nearest.Slips("docusgin") { ... } // it is proposed
package nearest

// Slips is how many slips of the pen we believe in a word.
func Slips(word string) int {
	switch n := len(word); {
	case n < 2:
		return 0
	case n < 5:
		return 1
	case n < 8:
		return 2
	}
	return 3
}

// Distance counts insertions, deletions, substitutions and swaps of
// neighbours (optimal string alignment), in bytes. The caller bounds the words.
func Distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

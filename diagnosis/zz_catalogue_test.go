package diagnosis_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

func TestZZCatalogue(t *testing.T) {
	data, err := os.ReadFile("/tmp/cat/rows.json")
	if err != nil {
		t.Skip()
	}
	var rows []struct {
		N          int
		ID         string
		Kinds      []string
		Status     int
		Bodies     []string
		Right      []string
		Fix, Means string
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	var s score
	for _, r := range rows {
		for _, kind := range r.Kinds {
			for i, body := range r.Bodies {
				found := diagnoseRow(t, row{ID: r.ID, Connection: kind, Status: r.Status, Body: body})
				if !s.add(found, r.Right) {
					names := []string{}
					for _, f := range found {
						names = append(names, string(f.Parameter))
					}
					fmt.Printf("%d %s %s v%d %d %s\n\twant %s, found %v (%s)\n", r.N, r.ID, kind, i, r.Status, body, r.Fix, names, r.Means)
				}
			}
		}
	}
	fmt.Printf("catalogue %+v first %.1f three %.1f\n", s, percent(s.first, s.rows), percent(s.three, s.rows))
}

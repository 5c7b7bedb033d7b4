package diagnosis_test

import (
	"strings"
	"testing"
)

// TestVendorRows: the refusals that the tables of vendors were written for blame
// a right parameter first.
func TestVendorRows(t *testing.T) {
	for _, r := range readRows(t, "vendor_*.yaml") {
		t.Run(r.ID, func(t *testing.T) {
			var of score
			found := diagnoseRow(t, r)
			if of.add(found, r.Right) {
				return
			}
			names := []string{}
			for _, f := range found {
				names = append(names, string(f.Parameter))
			}
			t.Errorf("%s %d %s: found %v, want one of %v first", r.Connection, r.Status, strings.TrimSpace(r.Body), names, r.Right)
		})
	}
}

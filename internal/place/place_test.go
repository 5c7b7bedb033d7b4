package place

import (
	"net/url"
	"testing"
)

// The rows that matter most; inject tests every one through its transport.
func TestAdmit(t *testing.T) {
	for _, row := range []struct {
		list, target, host string
		want               bool
	}{
		{"https://api.example.com/v2/", "https://API.example.com:443/v2/a?b=//../c", "", true},
		{"https://api.example.com/v2/", "https://api.example.com/v2", "", false},
		{"https://api.example.com/v2", "https://api.example.com/v2evil", "", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/%2e%2e/admin", "", false},
		{"https://api.example.com/", "http://api.example.com/", "", false},
		{"https://api.example.com/", "https://api.example.com/", "other.example.com", false},
		{"http://127.0.0.1:80/", "http://127.0.0.1/", "", true},
	} {
		list, problem := Parse([]string{"https://first.example/", row.list})
		if problem != "" {
			t.Fatal(problem)
		}
		target, err := url.Parse(row.target)
		if err != nil {
			t.Fatal(err)
		}
		refused := list.Admit(target, row.host)
		if (refused == nil) != row.want {
			t.Errorf("%s under %s: %+v, want %t", row.target, row.list, refused, row.want)
		}
		if list, _ := Parse(nil); list.Admit(target, "") == nil {
			t.Errorf("%s is admitted by an empty list", row.target)
		}
	}
}

func TestParse(t *testing.T) {
	for _, raw := range []string{"", "/v2/", "api.example.com", "http://api.example.com/", "https://{tenant}.example/", "https://*.example/",
		"https://ada@api.example.com/", "https://api.example.com/?a", "https://api.example.com/#", "https://api.example.com/a/../b", "https://api.example.com//"} {
		if list, problem := Parse([]string{"https://api.example.com/", raw}); problem == "" || list != nil {
			t.Errorf("%q can be used: %v", raw, list)
		}
	}
}

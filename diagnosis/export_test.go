package diagnosis

import (
	"fmt"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// AllRules names every rule of the package.
func AllRules() (names []string) {
	eachRule(func(name string, _ rule) { names = append(names, name) })
	return names
}

// FitRules names the rules that fit, whatever their place.
func FitRules(c *jeton.Connection, f Facts) (names []string) {
	if f.Err == nil {
		return nil
	}
	r := newRefusal(c, f)
	eachRule(func(name string, ready rule) {
		if r.fits(ready) {
			names = append(names, name)
		}
	})
	return names
}

func eachRule(do func(name string, ready rule)) {
	t := tables()
	for i, table := range [][]rule{t.vendor, t.generic, t.byCode, t.last} {
		for j, ready := range table {
			words := strings.Join(ready.Words, " & ")
			do(fmt.Sprintf("%s rule %d: codes %v, statuses %v, when %v, words %.80s", []string{"vendor", "generic", "code", "last"}[i], j, ready.Codes, ready.Statuses, ready.When, words), ready)
		}
	}
}

// Words is how a text is compared.
func Words(text string) string { return words(text) }

// Rules are all rules, without what is prepared.
func Rules() (list []jeton.Rule) {
	eachRule(func(_ string, ready rule) { list = append(list, ready.Rule) })
	return list
}

// Features are the names that a rule's When may use.
func Features(c *jeton.Connection) (names []string) {
	r := newRefusal(c, Facts{Err: jeton.NewError(jeton.Provider4xxOther, jeton.StageOAuth, "refused")})
	for name := range r.features {
		names = append(names, name)
	}
	return names
}

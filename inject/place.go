package inject

import (
	"net/url"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/internal/place"
)

// places are the URLs to which a token may be sent; without an entry it goes nowhere.
type places struct{ list place.List }

// parsePlaces reads the list. An empty one is an error: nobody has said where
// the token may go.
func parsePlaces(urls []string) (places, error) {
	if len(urls) == 0 {
		return places{}, notAllowed("there is no URL to which the token may be sent", "no URL is listed", "list them, for example https://api.example.com/v2/")
	}
	list, problem := place.Parse(urls)
	if problem != "" {
		return places{}, notAllowed("an entry of the list of URLs cannot be used", problem, "write an absolute URL such as https://api.example.com/v2/")
	}
	return places{list}, nil
}

// admit says why the token must not go to u with this Host header; nil if it may.
func (p places) admit(u *url.URL, host string) error {
	if refused := p.list.Admit(u, host); refused != nil {
		return notAllowed("the token was not sent", refused.Problem, refused.Fix)
	}
	return nil
}

// CheckURL says why a token must not be sent to target when urls, as in
// resource.urls of a connection, are the places where it may go; nil if target
// lies at or below one of them. It is the rule of [Transport] for a program that
// sends the request itself, such as curl or git. The error names no URL: target
// may hold a secret.
func CheckURL(urls []string, target string) error {
	list, err := parsePlaces(urls)
	if err != nil {
		return err
	}
	u, err := url.Parse(target)
	if err != nil { // whose text repeats the URL
		return notAllowed("the token was not sent", "the URL cannot be read", "use an absolute URL")
	}
	return list.admit(u, "")
}

func notAllowed(attempted, problem, fix string) error {
	return jeton.NewError(jeton.DeliveryNotAllowed, jeton.StageConfig, attempted+": "+problem,
		jeton.Finding{Parameter: "resource.urls", Problem: problem, Fix: fix, Certain: true})
}

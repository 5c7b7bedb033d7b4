package jeton

// refreshToken is RFC 6749 section 6, with a refresh token that was brought
// along or that the token before carries.
type refreshToken struct{}

func (refreshToken) Type() string { return "refresh_token" }

func (refreshToken) Apply(r *TokenRequest) error {
	token := presentedRefreshToken(r.Connection, r.Previous)
	if token.IsZero() {
		return NewError(NoRefreshToken, StageConfig, "there is no refresh token to use", Finding{
			Parameter: "grant.refresh_token", Problem: "there is no refresh token", Certain: true,
			Fix: "write grant.refresh_token, or log in again at the provider",
		})
	}
	r.setGrantType()
	r.set("refresh_token", token.Reveal())
	return nil
}

// presentedRefreshToken prefers the newest: the previous token's over the document's.
func presentedRefreshToken(c *Connection, previous *Token) Secret {
	if previous != nil && !previous.RefreshToken.IsZero() {
		return previous.RefreshToken
	}
	return c.Grant.RefreshToken.Value
}

package diagnosis

import "github.com/jeton-oauth/jeton"

// entraDeviceRules are about the login with a device code.
var entraDeviceRules = []jeton.Rule{
	{Codes: []string{"AADSTS70016"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "nobody has finished the login yet", Fix: "open the page that the login names, enter the code, and allow the access"},
	}, Source: entraDevice},
	{Codes: []string{"AADSTS70019", "AADSTS70020"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code expired before somebody had entered it", Fix: "begin the login again, and enter the code within the minutes that the login names"},
	}, Source: entraDevice},
	{Codes: []string{"AADSTS70018", "AADSTS90119", "AADSTS90120", "AADSTS7000014"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code was mistyped, used before, or belongs to another login", Fix: "begin the login again, and enter the new code"},
		{Parameter: "client.id", Problem: "the device code may have been given to another client", Fix: "poll with the client that began the login"},
	}, Source: entraDevice},
	{Codes: []string{"bad_verification_code", "authorization_declined"}, When: []string{"device_code"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the user declined the login, or the code belongs to another one", Fix: "begin the login again, and allow the access"},
	}, Source: entraDevice},
	{Codes: []string{"AADSTS50134"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the one who logged in is served by another data center than the one where the device login began", Fix: "write the tenant of the user in token_url and device_authorization_url"},
		{Parameter: "consent", Problem: "an account of another region logged in", Fix: "log in with an account of the tenant"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS530033"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "a policy of the tenant forbids logins with a device code", Fix: "write grant.type: authorization_code, or ask for an exception in Conditional Access", Proposed: "authorization_code"},
		{Parameter: "vendor", Problem: "Conditional Access blocks the device code flow", Fix: "ask the administrator of the tenant for an exception"},
	}, Source: entraSignIns},
}

// entraRenewalRules are about codes, refresh tokens and sessions that have ended.
var entraRenewalRules = []jeton.Rule{
	{Codes: []string{"AADSTS70000"}, Words: []string{"scopes requested are unauthorized|unauthorized or expired"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the user has not granted one of the scopes to this client, or the grant has ended", Fix: "log in again, and allow the access"},
		{Parameter: "scopes", Problem: "the scopes may be more than those of the login", Fix: "ask for the scopes of the login"},
	}, Source: entraQuoted},
	{Codes: []string{"AADSTS54005"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code of the login was redeemed before", Fix: "begin the login again, and redeem each code once"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS70008", "AADSTS50089"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code of the login has expired or was revoked", Fix: "begin the login again, and redeem the code at once"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS700084"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token of a single-page application has ended, which it does after a day", Fix: "register the redirect URL under the platform Web, or Mobile and desktop applications, and log in again"},
		{Parameter: "grant.redirect_url", Problem: "the redirect URL is registered for a single-page application", Fix: "register it under another platform"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS70043", "AADSTS70044"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "Conditional Access demands a new login after some time", Fix: "log in again for a new refresh token"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again in a browser"},
		{Parameter: "vendor", Problem: "the sign-in frequency of the policy may be too short for this use", Fix: "ask the administrator of the tenant for an exception, or use client_credentials"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS70008", "AADSTS700081", "AADSTS700082", "AADSTS50173", "AADSTS50089", "AADSTS50132", "AADSTS50133", "AADSTS50139", "AADSTS50085", "AADSTS40009", "AADSTS40015", "AADSTS51006", "AADSTS50078"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token has expired or was revoked, for example by a new password or because it was not used for long", Fix: "log in again for a new one"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again in a browser"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS700003", "AADSTS135011", "AADSTS135010", "AADSTS130004", "AADSTS130005", "AADSTS130006", "AADSTS130007", "AADSTS130008", "AADSTS140000", "AADSTS140001"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the device with which the user logged in is unknown, disabled or without its key in this tenant", Fix: "register or enable the device, and log in again"},
		{Parameter: "grant.refresh_token", Problem: "the refresh token was given to that device", Fix: "log in on another device for a new one"},
		{Parameter: "consent", Problem: "a new login is needed", Fix: "log in again"},
	}, Source: entraCodes},
}

// entraUserRules are about the person who logs in, and what was consented to.
var entraUserRules = []jeton.Rule{
	{Codes: []string{"AADSTS65001", "AADSTS65004", "AADSTS9002341", "AADSTS50015", "AADSTS52004", "AADSTS650051"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "nobody has consented to this application for this API", Fix: "log in and allow the access, or let an administrator press Grant admin consent under API permissions"},
		{Parameter: "scopes", Problem: "the scopes may be more than was consented to", Fix: "compare them with API permissions of the registration"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90094", "AADSTS90095", "AADSTS90099"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "an administrator of the tenant must consent to this application", Fix: "let an administrator press Grant admin consent under API permissions, or open /adminconsent of the tenant with this client id"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS650056"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the registration lists no permission for this API, or no administrator has consented", Fix: "add the permission under API permissions, and press Grant admin consent"},
		{Parameter: "client.id", Problem: "the client id may be that of another registration", Fix: "compare it with the Application (client) ID"},
		{Parameter: "scopes", Problem: "the scope may name an API that the registration does not list", Fix: "write the scope of an API that is listed under API permissions"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90008"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the application may not sign users in and read their profile", Fix: "add User.Read of Microsoft Graph under API permissions, and consent"},
		{Parameter: "scopes", Problem: "the scope may be missing", Fix: "add User.Read to scopes"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS650052"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the organization has not subscribed to the API that the application needs, or not enabled it", Fix: "let an administrator enable the service in the tenant"},
		{Parameter: "scopes", Problem: "the scope may name an API that this tenant does not have", Fix: "compare it with the documentation of the API"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50105", "AADSTS501051"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the user or the client is not assigned to the application, which demands it", Fix: "assign the user, or a role of the API to the client, under Enterprise applications, Users and groups"},
		{Parameter: "consent", Problem: "a role that is granted by consent may be missing", Fix: "let an administrator grant the role under API permissions"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50076", "AADSTS50072", "AADSTS50074", "AADSTS50079", "AADSTS50078", "AADSTS50158", "AADSTS500121", "AADSTS53004"}, When: []string{"password"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "the account needs a second factor, which the password grant cannot give", Fix: "write grant.type: authorization_code or device_code, or client_credentials for a service", Proposed: "device_code"},
		{Parameter: "vendor", Problem: "a policy of the tenant demands a second factor", Fix: "ask the administrator of the tenant for an exception for this account"},
		{Parameter: "grant.username", Problem: "the account may be one of a person", Fix: "write the account of a service"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50126", "AADSTS50056", "AADSTS50064", "AADSTS50054", "AADSTS50052", "AADSTS80007"}, When: []string{"password"}, Blame: []jeton.Suspect{
		{Parameter: "grant.password", Problem: "user name or password is wrong", Fix: "write the password of the account; an account of another identity provider has none here"},
		{Parameter: "grant.username", Problem: "the user name may be wrong", Fix: "write the user principal name, such as name@contoso.com"},
		{Parameter: "token_url", Problem: "the account may belong to another tenant", Fix: "write the tenant of the account in token_url"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50055", "AADSTS50144", "AADSTS50135", "AADSTS50142", "AADSTS50125"}, When: []string{"password"}, Blame: []jeton.Suspect{
		{Parameter: "grant.password", Problem: "the password has expired or must be changed", Fix: "set a new password for the account, and write it"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50034", "AADSTS51004", "AADSTS50020", "AADSTS90072", "AADSTS16000", "AADSTS16003", "AADSTS50014", "AADSTS500208", "AADSTS90125", "AADSTS90022", "AADSTS90101", "AADSTS50059"}, When: []string{"password"}, Blame: []jeton.Suspect{
		{Parameter: "grant.username", Problem: "this tenant has no account of this name", Fix: "write the user principal name, such as name@contoso.com"},
		{Parameter: "token_url", Problem: "the tenant in token_url may be another one than that of the account", Fix: "write the tenant of the account in token_url"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50057", "AADSTS500571", "AADSTS50053"}, When: []string{"password"}, Blame: []jeton.Suspect{
		{Parameter: "grant.username", Problem: "the account is disabled, or locked after too many wrong passwords", Fix: "let an administrator enable or unlock the account, and wait before the next try"},
		{Parameter: "grant.password", Problem: "a wrong password may have locked the account", Fix: "write the right one before the next try"},
		{Parameter: "egress", Problem: "sign-ins from this address may be blocked", Fix: "look at the failure reason in the sign-in log of the tenant"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50034", "AADSTS51004", "AADSTS50020", "AADSTS90072", "AADSTS16000", "AADSTS16003", "AADSTS50014", "AADSTS500208", "AADSTS500207", "AADSTS90125", "AADSTS90022", "AADSTS90101", "AADSTS90084"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the account that logged in does not belong to this tenant", Fix: "log in with an account of the tenant, or let an administrator invite the account as a guest"},
		{Parameter: "token_url", Problem: "the tenant may be the wrong one", Fix: "write the tenant of the account, or organizations, in token_url and authorization_url"},
		{Parameter: "client.id", Problem: "the registration may admit accounts of its own tenant only", Fix: "choose the account types under Authentication of the registration"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50057", "AADSTS500571", "AADSTS50053", "AADSTS54000", "AADSTS53011"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the account is disabled, locked or blocked", Fix: "let an administrator enable or unlock the account (Entra names the reason in the sign-in log)"},
		{Parameter: "consent", Problem: "another account may do", Fix: "log in with another account"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50076", "AADSTS50072", "AADSTS50074", "AADSTS50079", "AADSTS500121", "AADSTS53004", "AADSTS53010", "AADSTS50158", "AADSTS50161"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the user must log in with a second factor", Fix: "log in again in a browser, and finish the second factor"},
		{Parameter: "grant.refresh_token", Problem: "the refresh token comes from a login without a second factor", Fix: "log in again for a new one"},
		{Parameter: "vendor", Problem: "a policy of the tenant demands it", Fix: "ask the administrator of the tenant"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS16001", "AADSTS160011", "AADSTS50126", "AADSTS50056", "AADSTS50064", "AADSTS50054", "AADSTS50052", "AADSTS50055", "AADSTS50144", "AADSTS50135", "AADSTS50142", "AADSTS50125", "AADSTS50136", "AADSTS50140", "AADSTS50192", "AADSTS50197", "AADSTS50199", "AADSTS50201", "AADSTS399218", "AADSTS501314", "AADSTS500581", "AADSTS165004", "AADSTS220450", "AADSTS1000000", "AADSTS1000002", "AADSTS70037"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the login was not finished: the account, its password or a page of the login stood in the way", Fix: "log in again in a browser window of its own, with the right account"},
	}, Source: entraCodes},
}

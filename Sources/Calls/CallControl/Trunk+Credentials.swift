import SIPUserAgent
import Trunks

extension Trunk {
    /// What answers the carrier's challenges.
    package var credentials: [DigestCredentials] {
        self.account.map { account in
            [DigestCredentials(username: account.username, password: account.password, realms: account.realms)]
        } ?? []
    }
}

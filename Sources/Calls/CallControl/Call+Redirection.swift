import SIPSyntax
import SIPUserAgent
import Trunks

/// 3xx answers, for trunks that follow them (RFC 3261 section 8.1.3.4).
extension Call {
    /// The next target after a failed attempt, if the trunk follows redirections and one is left.
    ///
    /// 6xx is every target's answer. A target must be reached as the trunk is, and its number be one that may be called.
    func redirectTarget(after reason: EndReason) -> SIPURI? {
        guard case .follow(let targetsMax, let depthMax) = self.trunk.redirects, let response = reason.response,
            response.status.class != .globalFailure, case .outbound(let order) = self.side
        else { return nil }
        if self.redirection == nil {
            guard response.status.class == .redirection else { return nil }
            var redirection = Redirection(targetsMax: targetsMax, depthMax: depthMax)
            if let first = try? self.trunk.plan(order, pointOfPresence: 0).requestURI { redirection.began(at: first) }
            self.redirection = redirection
        }
        self.redirection?.take(response)
        while let uri = self.redirection?.next() {
            if self.trunk.mayFollow(uri) { return uri }
        }
        return nil
    }
}

extension Trunk {
    /// Whether a redirection may lead there: the trunk's own transport, and a number that may be called.
    func mayFollow(_ uri: SIPURI) -> Bool {
        guard !uri.isSecure || self.transport == .tls else { return false }
        if uri.parameters.contains("transport"), uri.transport != self.transport { return false }
        guard let user = uri.user, let number = try? PhoneNumber(user, in: self.nationalNumbering) else { return true }
        return self.mayCall(number)
    }

    /// Where a redirected INVITE goes.
    func destination(of uri: SIPURI) -> Destination {
        Destination(transport: self.transport, host: uri.host, port: uri.port ?? self.transport.defaultPort)
    }
}

import SIPSyntax
import SIPUserAgent
import Trunks

/// 3xx answers, for trunks that follow them (RFC 3261 section 8.1.3.4).
extension Call {
    /// The next target after a failed attempt, if the trunk follows redirections and one is left.
    ///
    /// 6xx is every target's answer. Where a target may lead is the trunk's to say.
    func redirectRoute(after reason: EndReason) -> RedirectRoute? {
        guard case .follow(let targetsMax, let depthMax, _) = self.trunk.redirects, let response = reason.response,
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
            if let destination = self.trunk.redirectDestination(of: uri) {
                return RedirectRoute(to: uri, over: destination)
            }
            self.tell(.note("The redirect to \(uri) is not followed: the trunk may not call that number there."))
        }
        return nil
    }
}

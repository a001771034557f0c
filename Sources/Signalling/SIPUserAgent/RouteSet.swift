import SIPSyntax

/// The proxies between the two ends of a dialog, frozen when it begins (RFC 3261 section 12.1).
package struct RouteSet: Hashable, Sendable {
    /// In the order in which our requests pass them.
    package let routes: [NameAddress]

    package static let empty = RouteSet(routes: [])

    private init(routes: [NameAddress]) {
        self.routes = routes
    }

    /// Of the caller: the response's Record-Route in reverse (RFC 3261 section 12.1.2).
    package static func ofCaller(recordRoutes: [NameAddress]) -> RouteSet {
        RouteSet(routes: recordRoutes.reversed())
    }

    /// Of the callee: the request's Record-Route in its order (RFC 3261 section 12.1.1).
    package static func ofCallee(recordRoutes: [NameAddress]) -> RouteSet {
        RouteSet(routes: recordRoutes)
    }

    /// What a request to `target` looks like, and who gets it (RFC 3261 section 12.2.1.1).
    package struct Plan: Hashable, Sendable {
        package let requestURI: URI
        /// The Route header fields.
        package let routes: [NameAddress]
        /// Whose address the request is sent to.
        package let nextHop: URI
    }

    package func plan(to target: SIPURI) -> Plan {
        let target = target.asRequestURI
        guard let first = self.routes.first else {
            return Plan(requestURI: .sip(target), routes: [], nextHop: .sip(target))
        }
        guard let router = first.uri.sip, !router.isLooseRouter else {
            return Plan(requestURI: .sip(target), routes: self.routes, nextHop: first.uri)
        }
        // A strict router of RFC 2543 takes the Request-URI for its own name and the last Route for the target.
        let requestURI = URI.sip(router.asRequestURI)
        let routes = self.routes.dropFirst() + [NameAddress(uri: target)]
        return Plan(requestURI: requestURI, routes: Array(routes), nextHop: requestURI)
    }
}

extension SIPURI {
    /// Without what RFC 3261 section 19.1.1 forbids in a Request-URI: the headers and the `method` parameter.
    var asRequestURI: SIPURI {
        var uri = self.withoutHeaders
        uri.parameters.remove("method")
        return uri
    }
}

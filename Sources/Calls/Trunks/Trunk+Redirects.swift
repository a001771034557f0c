import SIPSyntax

/// Where a carrier's 3xx may lead (RFC 3261 section 8.1.3.4): the number is the carrier's to say, the host is the trunk's.
extension Trunk {
    /// How a redirected INVITE is sent; nil where it may not go.
    ///
    /// The number must be one that may be called, the transport the trunk's, and the host one of its addresses or of the
    /// hosts that its `redirects` name. One of its addresses is reached as its calls are. Another host is looked up as RFC
    /// 3263 section 4.2 has it: by NAPTR and SRV unless the URI has a port, and its certificate must carry its own name.
    package func redirectDestination(of uri: SIPURI) -> Destination? {
        guard !uri.isSecure || self.transport == .tls, !uri.parameters.contains("maddr") else { return nil }
        if uri.parameters.contains("transport"), uri.transport != self.transport { return nil }
        guard let user = uri.user, let number = try? PhoneNumber(user, in: self.nationalNumbering),
            self.mayCall(number)
        else { return nil }
        let points = self.pointsOfPresence.filter { $0.host == uri.host }
        if var point = points.first(where: { $0.port == uri.port }) ?? points.first {
            if let port = uri.port, port != point.port {
                point.port = port
                point.lookup = .addresses
            }
            return self.destination(of: point)
        }
        guard self.redirects.hosts.contains(uri.host) else { return nil }
        var destination = Destination(
            transport: self.transport, host: uri.host, port: uri.port ?? self.transport.defaultPort)
        destination.lookup = uri.port == nil ? .services : .addresses
        return destination
    }

    /// Every host that this trunk sends requests to of its own.
    package var peerHosts: [Host] { self.pointsOfPresence.map(\.host) + self.redirects.hosts }
}

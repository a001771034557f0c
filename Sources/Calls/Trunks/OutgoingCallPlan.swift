import SIPSyntax

/// A call that a user asked for, every part of it checked.
package struct CallOrder: Hashable, Sendable {
    package let to: PhoneNumber
    package let from: PhoneNumber?
    package let headers: [CustomHeader]
}

/// One INVITE of a call: what follows from its order, its trunk and a point of presence.
package struct OutgoingCallPlan: Hashable, Sendable {
    package var requestURI: SIPURI
    /// Without a tag.
    package var from: NameAddress
    package var to: NameAddress
    /// Besides those that the SIP stack writes itself.
    package var headers: [Headers.Field]
    package var destination: Destination
    package var pointOfPresence: PointOfPresence
}

extension Trunk {
    /// Checks a call before anything is started for it: numbers, allow-list, headers.
    ///
    /// - Parameters:
    ///   - to: the number to call; nil calls the trunk's own number, in flow mode only.
    ///   - from: the caller id; nil takes the trunk's.
    package func order(
        to: String?, from: String? = nil, headers: [(name: String, value: String)] = []
    ) throws(TrunkError) -> CallOrder {
        let called: PhoneNumber
        if let to {
            called = try PhoneNumber(to, in: self.nationalNumbering)
        } else if self.numberMode == .flow, let ownNumber {
            called = ownNumber
        } else {
            throw .badNumber
        }
        guard self.mayCall(called) else { throw .destinationNotAllowed }
        var caller: PhoneNumber?
        if let from { caller = try PhoneNumber(from, in: self.nationalNumbering) }
        guard headers.count <= CustomHeader.countMax else { throw .tooManyHeaders }
        var custom: [CustomHeader] = []
        for (name, value) in headers {
            let header = try CustomHeader(name: name, value: value)
            guard !self.mandatoryHeaders.contains(where: { $0.name == header.name }) else {
                throw .headerOfTrunk(name: header.name.text)
            }
            custom.append(header)
        }
        let order = CallOrder(to: called, from: caller, headers: custom)
        _ = try self.shownNumber(of: order)
        return order
    }

    /// The INVITE of an order towards one point of presence. A pure function: the same for every attempt but its address.
    ///
    /// - Parameter index: into `pointsOfPresence`.
    package func plan(_ order: CallOrder, pointOfPresence index: Int) throws(TrunkError) -> OutgoingCallPlan {
        precondition(self.pointsOfPresence.indices.contains(index), "the attempt has a point of presence")
        let point = self.pointsOfPresence[index]
        let caller = try self.shownNumber(of: order)
        let target = try Self.uri(order.to, at: point.host, self.uriParameters)
        let fromURI = try Self.uri(caller, at: self.fromHost ?? point.host, Parameters())
        let known: NameAddress
        do {
            known = try NameAddress(displayName: caller.text, uri: .sip(fromURI))
        } catch {
            throw .badNumber
        }
        let from = self.hidesCaller && self.identity != .none ? try Self.anonymousFrom() : known
        let replaced = Set(order.headers.map(\.name))
        let headers =
            self.mandatoryHeaders + self.identityFields(known).filter { !replaced.contains($0.name) }
            + self.headers.filter { !replaced.contains($0.name) }.map(\.field)
            + order.headers.map(\.field)
        return OutgoingCallPlan(
            requestURI: target, from: from, to: NameAddress(uri: target), headers: headers,
            destination: self.destination(of: point), pointOfPresence: point)
    }

    /// How a point of presence is reached.
    package func destination(of point: PointOfPresence) -> Destination {
        var destination = Destination(
            transport: self.transport, host: point.host, port: point.port, serverName: self.tls.serverName)
        destination.lookup = point.lookup
        return destination
    }

    /// The allow-list; in flow mode the trunk's own number is always allowed.
    package func mayCall(_ number: PhoneNumber) -> Bool {
        if self.numberMode == .flow, number == self.ownNumber { return true }
        return self.allowedPrefixes.contains { number.hasPrefix($0) }
    }

    /// The number in From: in pstn mode one of the trunk's, in flow mode the customer's.
    private func shownNumber(of order: CallOrder) throws(TrunkError) -> PhoneNumber {
        switch self.numberMode {
        case .flow:
            guard let caller = order.from ?? self.callerID else { throw .callerIDMissing }
            return caller
        case .pstn:
            guard let caller = order.from ?? self.ownNumber else { throw .callerIDMissing }
            guard caller == self.ownNumber || self.callerIDs.contains(caller) else { throw .callerIDNotOfTrunk }
            return caller
        }
    }

    private static func uri(
        _ number: PhoneNumber, at host: Host, _ parameters: Parameters
    ) throws(TrunkError) -> SIPURI {
        do {
            return try SIPURI(user: number.text, host: host, parameters: parameters)
        } catch {
            throw .badNumber
        }
    }
}

import Addressing
import SIPSyntax

/// Which called numbers a route takes.
package enum NumberPattern: Hashable, Sendable {
    case exactly(PhoneNumber)
    case beginningWith(NumberPrefix)
    /// Any user part at all, also one that is no number, and none.
    case any

    /// `+918000000001`, `+9180*` or `*`.
    package init(_ text: some StringProtocol) throws(TrunkError) {
        if text == "*" {
            self = .any
        } else if text.hasSuffix("*") {
            self = .beginningWith(try NumberPrefix(text.dropLast()))
        } else {
            do {
                self = .exactly(try PhoneNumber(text))
            } catch {
                throw .badNumberPattern
            }
        }
    }

    func matches(_ number: PhoneNumber?) -> Bool {
        switch self {
        case .exactly(let own): number == own
        case .beginningWith(let prefix): number?.hasPrefix(prefix) ?? false
        case .any: true
        }
    }
}

extension NumberPattern: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exactly(let number): number.text
        case .beginningWith(let prefix): "\(prefix)*"
        case .any: "*"
        }
    }
}

/// A call that comes in over a trunk for a number goes to a bot.
package struct InboundRoute: Hashable, Sendable {
    package var trunk: TrunkName
    package var number: NumberPattern
    /// The name of a bot of the configuration.
    package var bot: String
    /// Whether the bot talks in early media and answers the call itself.
    package var startsEarly: Bool

    package init(trunk: TrunkName, number: NumberPattern, bot: String, startsEarly: Bool = false) {
        self.trunk = trunk
        self.number = number
        self.bot = bot
        self.startsEarly = startsEarly
    }
}

/// Decides what becomes of an INVITE that comes in.
package struct InboundRouting: Hashable, Sendable {
    package enum Decision: Hashable, Sendable {
        case accept(InboundRoute)
        /// 403: the source is on no trunk. 404: the trunk has no route for the number.
        case refuse(StatusCode, sentence: String)
    }

    package let trunks: [Trunk]
    /// The first that fits decides.
    package let routes: [InboundRoute]
    /// Addresses of trunks that their points of presence resolved to, beyond those of the configuration.
    package var resolved: [TrunkName: Set<IPAddress>] = [:]

    package init(trunks: [Trunk], routes: [InboundRoute]) {
        self.trunks = trunks
        self.routes = routes
    }

    /// - Parameters:
    ///   - source: where the INVITE really came from, never what it says of itself.
    ///   - calledUser: the user part of the Request-URI.
    package func decide(source: IPAddress, calledUser: String?) -> Decision {
        let candidates = self.trunks.filter { self.isSource(source, of: $0) }
        guard !candidates.isEmpty else {
            return .refuse(.forbidden, sentence: "\(source) is a source of no trunk")
        }
        for route in self.routes {
            guard let trunk = candidates.first(where: { $0.name == route.trunk }) else { continue }
            let number = calledUser.flatMap { try? PhoneNumber($0, in: trunk.nationalNumbering) }
            if route.number.matches(number) { return .accept(route) }
        }
        let names = candidates.map(\.name.text).joined(separator: ", ")
        return .refuse(.notFound, sentence: "trunk \(names) has no route for the called number")
    }

    private func isSource(_ address: IPAddress, of trunk: Trunk) -> Bool {
        trunk.isSource(address) || self.resolved[trunk.name]?.contains(address.unmapped) ?? false
    }
}

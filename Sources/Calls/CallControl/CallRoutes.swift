import Addressing

/// Where the attempts of one call go, in order: the trunk's points of presence, and of each the servers of its name.
///
/// RFC 3263 section 4.3: the next server of a name is tried before the next point of presence, each with a new branch. A
/// name is looked up when its turn comes, so that the answer is fresh, and its servers take its place.
package struct CallRoutes: Hashable, Sendable {
    package struct Route: Hashable, Sendable {
        /// Into the trunk's `pointsOfPresence`.
        package let pointOfPresence: Int
        /// Nil until the name was looked up.
        package let server: TransportAddress?
    }

    private var routes: [Route]

    /// More servers of one name are not tried for a call.
    package static let serversMax = 4

    package init(pointsOfPresence: [Int]) {
        precondition(!pointsOfPresence.isEmpty, "a trunk has a point of presence")
        self.routes = pointsOfPresence.map { Route(pointOfPresence: $0, server: nil) }
    }

    package var count: Int { self.routes.count }

    package subscript(attempt: Int) -> Route { self.routes[attempt] }

    /// Puts the servers of a name in the place of its route, and returns how many attempts there are more by that.
    package mutating func resolve(_ attempt: Int, to servers: [TransportAddress]) -> Int {
        precondition(!servers.isEmpty && self.routes[attempt].server == nil, "a route is looked up once")
        let index = self.routes[attempt].pointOfPresence
        let found = servers.prefix(Self.serversMax).map { Route(pointOfPresence: index, server: $0) }
        self.routes.replaceSubrange(attempt...attempt, with: found)
        return found.count - 1
    }
}

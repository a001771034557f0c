import Addressing
import SIPSyntax
import Trunks

/// The trunks of these tests.
enum Samples {
    static let exophone = "+918000000001"
    static let customer = "+919000000002"

    static func exotel(
        _ mode: Trunk.NumberMode, transport: ExotelTrunk.Transport = .tls,
        regions: [ExotelTrunk.Region] = [.mumbai, .karnataka]
    ) throws(TrunkError) -> Trunk {
        try ExotelTrunk(
            accountSID: "acct1", exophone: try PhoneNumber(Self.exophone), callerID: try PhoneNumber(Self.customer),
            numberMode: mode, transport: transport, regions: regions
        ).trunk(named: try TrunkName("exotel"))
    }

    static func plain(name: String = "pbx") throws -> Trunk {
        var trunk = try Trunk(
            name: try TrunkName(name),
            pointsOfPresence: [PointOfPresence(host: try Host("192.0.2.10"), port: 5_060)], transport: .udp,
            numberMode: .pstn)
        trunk.ownNumber = try PhoneNumber("+4930123456")
        trunk.allowedPrefixes = [try NumberPrefix("+49")]
        return trunk
    }
}

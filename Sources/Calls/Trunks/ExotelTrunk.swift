import Addressing
import SIPSyntax

/// What a user knows of a trunk at Exotel, and the `Trunk` that follows from Exotel's guide.
package struct ExotelTrunk: Hashable, Sendable {
    /// An edge of Exotel, in the table of its guide.
    package enum Region: String, Hashable, Sendable, CaseIterable {
        case karnataka = "in1"
        case mumbai = "in2"
        case mumbaiCloud = "in4"
        case singapore = "sgp1"

        package var host: Host {
            switch self {
            case .karnataka: Self.host("pstn.in1.exotel.com")
            case .mumbai: Self.host("pstn.in2.exotel.com")
            case .mumbaiCloud: Self.host("pstn.in4.exotel.com")
            case .singapore: Self.host("pstn.sgp1.exotel.com")
            }
        }

        /// Where media comes from; not published for the Mumbai cloud.
        package var mediaAddresses: [IPAddress] {
            switch self {
            case .karnataka: [.v4(0x0EC2_0AF7), .v4(0x3DF6_524B)]
            case .mumbai: [.v4(0xB64C_8F3D), .v4(0x7A0F_08B8)]
            case .mumbaiCloud: []
            case .singapore: [.v4(0x128E_96F5), .v4(0x7AF8_DF49)]
            }
        }

        package var title: String {
            switch self {
            case .karnataka: "Karnataka"
            case .mumbai: "Mumbai"
            case .mumbaiCloud: "Mumbai cloud"
            case .singapore: "Singapore"
            }
        }

        private static func host(_ name: StaticString) -> Host {
            guard let host = try? Host(name.description) else {
                preconditionFailure("the guide's names are host names")
            }
            return host
        }
    }

    /// The transports that Exotel takes, with their ports.
    package enum Transport: String, Hashable, Sendable, CaseIterable {
        case tls
        case tcp

        package var name: SIPTransportName {
            switch self {
            case .tls: .tls
            case .tcp: .tcp
            }
        }

        package var port: UInt16 {
            switch self {
            case .tls: 443
            case .tcp: 5_070
            }
        }
    }

    /// The account SID: a label of the From domain and the value of X-Exotel-AccountSid.
    package let accountSID: Token
    package var exophone: PhoneNumber
    package var callerID: PhoneNumber?
    package var numberMode: Trunk.NumberMode
    package var transport: Transport
    /// In the order in which they are tried.
    package var regions: [Region]
    /// Instead of 443 or 5070, for a rehearsal.
    package var port: UInt16?

    /// Throws `badName` for an account SID that cannot be a label of a host name.
    package init(
        accountSID: some StringProtocol, exophone: PhoneNumber, callerID: PhoneNumber? = nil,
        numberMode: Trunk.NumberMode = .flow, transport: Transport = .tls, regions: [Region], port: UInt16? = nil
    ) throws(TrunkError) {
        guard let token = try? Token(accountSID), (try? Host("\(accountSID).pstn.exotel.com")) != nil,
            !accountSID.contains(".")
        else { throw .badName }
        self.accountSID = token
        self.exophone = exophone
        self.callerID = callerID
        self.numberMode = numberMode
        self.transport = transport
        self.regions = regions
        self.port = port
    }

    /// The trunk by the rules of the guide; the caller may then change what is the user's own choice.
    ///
    /// From's domain is the account's; flow mode carries X-Exotel-AccountSid; numbers may be written the Indian way.
    package func trunk(named name: TrunkName) throws(TrunkError) -> Trunk {
        let points = self.regions.map { region in
            PointOfPresence(
                name: region.title, host: region.host, port: self.port ?? self.transport.port,
                mediaAddresses: region.mediaAddresses)
        }
        var trunk = try Trunk(
            name: name, pointsOfPresence: points, transport: self.transport.name, numberMode: self.numberMode)
        trunk.ownNumber = self.exophone
        trunk.callerID = self.callerID
        trunk.fromHost = try? Host("\(self.accountSID).pstn.exotel.com")
        trunk.nationalNumbering = .india
        // REFER is for Exotel to confirm, account by account; until then the flow goes on when we hang up.
        trunk.transfer.way = .none
        // The edge's INVITEs come from its own addresses; its FQDNs are resolved when the gateway starts.
        trunk.sources = Array(Set(self.regions.flatMap(\.mediaAddresses))).map { AddressRange($0) }
        switch self.numberMode {
        case .flow:
            trunk.mandatoryHeaders = [
                Headers.Field(name: .xExotelAccountSid, value: self.accountSID.headerValue)
            ]
        case .pstn:
            break
        }
        return trunk
    }
}

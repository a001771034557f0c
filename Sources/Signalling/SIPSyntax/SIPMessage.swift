/// A SIP message.
package enum SIPMessage: Hashable, Sendable {
    case request(Request)
    case response(Response)

    package var headers: Headers {
        get {
            switch self {
            case .request(let request): request.headers
            case .response(let response): response.headers
            }
        }
        set {
            switch self {
            case .request(var request):
                request.headers = newValue
                self = .request(request)
            case .response(var response):
                response.headers = newValue
                self = .response(response)
            }
        }
    }

    package var body: [UInt8] {
        switch self {
        case .request(let request): request.body
        case .response(let response): response.body
        }
    }

    /// The bytes for the wire: header fields in their order, Content-Length last and always true.
    package func encoded() -> [UInt8] {
        MessageWriter.encode(self)
    }
}

/// A request.
package struct Request: Hashable, Sendable {
    package var method: Method
    package var uri: URI
    package var headers: Headers
    package var body: [UInt8]

    package init(method: Method, uri: URI, headers: Headers = Headers(), body: [UInt8] = []) {
        self.method = method
        self.uri = uri
        self.headers = headers
        self.body = body
    }

    package func encoded() -> [UInt8] {
        SIPMessage.request(self).encoded()
    }
}

/// A response.
package struct Response: Hashable, Sendable {
    package var status: StatusCode
    package var reason: HeaderValue
    package var headers: Headers
    package var body: [UInt8]

    /// Without a reason the status' own phrase is used.
    package init(status: StatusCode, reason: HeaderValue? = nil, headers: Headers = Headers(), body: [UInt8] = []) {
        self.status = status
        self.reason = reason ?? status.reasonPhrase
        self.headers = headers
        self.body = body
    }

    package func encoded() -> [UInt8] {
        SIPMessage.response(self).encoded()
    }
}

# Python 2.7. The command line of wstest, with every listening socket kept on 127.0.0.1: the suite
# itself listens on all interfaces.
from autobahntestsuite import wstest  # before the reactor: importing it chooses which one
from twisted.internet import reactor

listen_anywhere = reactor.listenTCP
reactor.listenTCP = lambda port, factory, backlog=50, interface="": listen_anywhere(port, factory, backlog, "127.0.0.1")
wstest.run()
